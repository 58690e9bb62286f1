import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { experimentFolders } from '@blacksmith/config'
import { parse } from 'yaml'
import { pendingChanges } from '../schemas/pending-changes'
import { modeline, schemaFiles, withModeline, yamlFiles } from '../schemas/schema-files'
import { writeSchemas } from './schemas'

type Nested = { [section: string]: object | undefined }

const repository = resolve(__dirname, '../../../..')

describe('in this workspace', () => {
  const experiments = [...experimentFolders(repository)]

  test('each YAML names its own schema', () => {
    const yaml = experiments.flatMap(([project, directory]) => yamlFiles(repository, project, directory))
    expect(yaml.length).toBeGreaterThan(10)
    for (const [file, schema] of yaml)
      expect(readFileSync(join(repository, file), 'utf8').split('\n')).toContain(modeline(file, schema))
  })

  test.each(experiments)('what the experiment.yaml of %s says, its schema knows', (project, directory) => {
    const yaml = parse(readFileSync(join(repository, directory, 'experiment.yaml'), 'utf8')) as Nested
    const [text] = schemaFiles(repository, project, directory).values()
    const schema = JSON.parse(text ?? '')
    for (const [section, values] of Object.entries(yaml)) {
      const known = schema.properties[section]
      expect(known).toBeDefined()
      if (section === 'training')
        expect(Object.keys(known.properties)).toEqual(expect.arrayContaining(Object.keys(values ?? {})))
    }
  })
})

describe('in a workspace of its own', () => {
  const root = mkdtempSync(join(tmpdir(), 'blacksmith-schemas-'))
  const directory = join(root, 'experiments/plain/one')
  const changes = () =>
    pendingChanges(root).changes.map(({ file, text }) => `${text === undefined ? 'remove' : 'write'} ${file}`)
  beforeAll(() => {
    mkdirSync(join(directory, 'configs'), { recursive: true })
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
    writeFileSync(join(directory, 'experiment.yaml'), '# mine\ndescription: One\n')
    writeFileSync(join(directory, 'configs/full.yaml'), 'training: {}\n')
    const config = `import { defineExperiment, z } from '@blacksmith/config'
export default defineExperiment({ dataset: z.object({}), model: z.object({}), training: z.object({}) })\n`
    writeFileSync(join(directory, 'config.ts'), config)
  })
  beforeEach(() => jest.spyOn(console, 'log').mockImplementation())
  afterAll(() => rmSync(root, { recursive: true }))

  test('a new experiment gets schemas and a stub, and each YAML one line that points to its own', () => {
    expect(changes().sort()).toEqual([
      'write experiments/plain/one/configs/full.yaml',
      'write experiments/plain/one/experiment.yaml',
      'write experiments/plain/one/parameters.pyi',
      'write schemas/plain-one/experiment.json',
      'write schemas/plain-one/overlay.json',
      'write schemas/plain-one/sweep.json',
    ])
    writeSchemas(root)
    expect(changes()).toEqual([])
    expect(readFileSync(join(directory, 'experiment.yaml'), 'utf8')).toBe(
      '# yaml-language-server: $schema=../../../schemas/plain-one/experiment.json\n# mine\ndescription: One\n',
    )
  })

  test('what was made for an experiment that is gone is removed', () => {
    cpSync(join(root, 'schemas/plain-one'), join(root, 'schemas/plain-gone'), { recursive: true })
    cpSync(join(directory, 'parameters.pyi'), join(root, 'experiments/plain/gone/parameters.pyi'))
    expect(changes()).toEqual([
      'remove schemas/plain-gone/experiment.json',
      'remove schemas/plain-gone/overlay.json',
      'remove schemas/plain-gone/sweep.json',
      'remove experiments/plain/gone/parameters.pyi',
    ])
    writeSchemas(root)
  })

  test('a data set of the workspace’s own package gets a stub beside its preparation, until it is gone', () => {
    const dataset = join(root, 'python/forge/datasets/shells')
    mkdirSync(dataset, { recursive: true })
    const options = { packages: ['python/forge'] }
    writeFileSync(
      join(root, 'nx.json'),
      JSON.stringify({ plugins: [{ plugin: '@blacksmith/executors', options }] }),
    )
    const schema = `import { z } from '@blacksmith/config'
const count = z.int()
export const shells = z.object({ samples: count.default(2) }).refine(() => true)
export const others = z.object({ else: count })\n`
    writeFileSync(join(dataset, 'schema.ts'), schema)
    writeSchemas(root)
    const stub = readFileSync(join(dataset, 'parameters.pyi'), 'utf8')
    expect(stub).toContain('class PrepareParameters(dict[str, Any]):')
    expect(stub).toContain('    samples: int\n    """Default: 2."""\n    name: str')
    rmSync(join(dataset, 'schema.ts'))
    expect(changes()).toEqual(['remove python/forge/datasets/shells/parameters.pyi'])
    writeSchemas(root)
  })

  test('one config.ts that does not load is told, keeps what was made, and keeps no other from its own', () => {
    cpSync(directory, join(root, 'experiments/plain/two'), { recursive: true })
    rmSync(join(root, 'experiments/plain/two/parameters.pyi'))
    writeFileSync(join(directory, 'config.ts'), 'export default 5')
    jest.resetModules()
    expect(() => writeSchemas(root)).toThrow(/experiments\/plain\/one\/config\.ts {2}exports something else/)
    expect(existsSync(join(directory, 'parameters.pyi'))).toBe(true)
    expect(existsSync(join(root, 'experiments/plain/two/parameters.pyi'))).toBe(true)
  })
})

test('a line that points elsewhere is replaced, not doubled', () => {
  expect(withModeline('# yaml-language-server: $schema=old.json\na: 1\n', '# new')).toBe('# new\na: 1\n')
})
