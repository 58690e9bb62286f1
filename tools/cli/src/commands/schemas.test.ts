import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { experimentFolders } from '@blacksmith/config'
import { parse } from 'yaml'
import { printJson } from '../schemas/print-json'
import { withModeline } from '../schemas/schema-files'
import { pendingChanges } from './schemas'

const repository = resolve(__dirname, '../../../..')

test('the committed schemas are in step with every config.ts, and every YAML names its own', () => {
  // What `npx blacksmith schemas` would do; run it when this fails.
  expect(pendingChanges(repository).map(({ file }) => file)).toEqual([])
})

test('what each experiment.yaml says, its schema knows', () => {
  for (const [project, directory] of experimentFolders(repository)) {
    const yaml = parse(readFileSync(join(repository, directory, 'experiment.yaml'), 'utf8'))
    const schema = JSON.parse(readFileSync(join(repository, 'schemas', project, 'experiment.json'), 'utf8'))
    for (const [section, values] of Object.entries(yaml)) {
      const known = schema.properties[section]
      expect(known).toBeDefined()
      if (section === 'training')
        expect(Object.keys(known.properties)).toEqual(expect.arrayContaining(Object.keys(values as object)))
    }
  }
})

describe('in a workspace of its own', () => {
  const root = mkdtempSync(join(tmpdir(), 'blacksmith-schemas-'))
  const directory = join(root, 'experiments/plain/one')
  const changes = () =>
    pendingChanges(root).map(({ file, text }) => `${text === undefined ? 'remove' : 'write'} ${file}`)
  const apply = () => {
    for (const { file, text } of pendingChanges(root)) {
      if (text === undefined) rmSync(join(root, file))
      else {
        mkdirSync(join(root, file, '..'), { recursive: true })
        writeFileSync(join(root, file), text)
      }
    }
  }
  beforeAll(() => {
    mkdirSync(join(directory, 'configs'), { recursive: true })
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
    writeFileSync(join(directory, 'experiment.yaml'), '# mine\ndescription: One\n')
    writeFileSync(join(directory, 'configs/full.yaml'), 'training: {}\n')
    const config = `import { defineExperiment, z } from '@blacksmith/config'
export default defineExperiment({ dataset: z.object({}), model: z.object({}), training: z.object({}) })\n`
    writeFileSync(join(directory, 'config.ts'), config)
  })
  afterAll(() => rmSync(root, { recursive: true }))

  test('a new experiment gets its two schemas, and each YAML one line that points to them', () => {
    expect(changes().sort()).toEqual([
      'write experiments/plain/one/configs/full.yaml',
      'write experiments/plain/one/experiment.yaml',
      'write schemas/plain-one/experiment.json',
      'write schemas/plain-one/overlay.json',
    ])
    apply()
    expect(changes()).toEqual([])
    expect(readFileSync(join(directory, 'experiment.yaml'), 'utf8')).toBe(
      '# yaml-language-server: $schema=../../../schemas/plain-one/experiment.json\n# mine\ndescription: One\n',
    )
  })

  test('the schemas of an experiment that is gone are removed', () => {
    cpSync(join(root, 'schemas/plain-one'), join(root, 'schemas/plain-gone'), { recursive: true })
    expect(changes()).toEqual([
      'remove schemas/plain-gone/experiment.json',
      'remove schemas/plain-gone/overlay.json',
    ])
  })
})

test('a line that points elsewhere is replaced, not doubled', () => {
  expect(withModeline('# yaml-language-server: $schema=old.json\na: 1\n', '# new')).toBe('# new\na: 1\n')
})

test('JSON is written as the formatter writes it', () => {
  expect(printJson({ a: [1, 'b'], c: {}, d: [{ e: null }] })).toBe(
    '{\n  "a": [1, "b"],\n  "c": {},\n  "d": [\n    {\n      "e": null\n    }\n  ]\n}',
  )
})
