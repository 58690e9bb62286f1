import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { placeOf, Workspace } from './workspace'

const yaml = 'experiments/lightning/mnist/experiment.yaml'
const task = 'lightning-mnist:prepare-data'

/** Each of these is one clear error and a failure, and what stood in dist/ before stands there still. */
describe('bad input', () => {
  const workspace = new Workspace('a workspace with späces')
  workspace.onCpu(1)
  const original = workspace.read(yaml)

  beforeAll(() => expect(workspace.nx(['run', task]).status).toBe(0))
  afterEach(() => {
    workspace.write(yaml, original)
    expect(workspace.exists('dist/lightning-mnist/default/prepare-data/manifest.json')).toBe(true)
  })
  afterAll(() => workspace.dispose())

  const refused = (args: string[], ...words: (string | RegExp)[]) => {
    const { status, output } = workspace.nx(['run', ...args])
    expect(status).not.toBe(0)
    for (const word of words) expect(output).toMatch(word)
    expect(output).not.toMatch(/\n\s+at .*\.ts:\d+/)
    return output
  }

  test('an unknown parameter, with the nearest one', () => {
    refused([task, '--set', 'training.epoch=3'], /training\.epoch\b.*\n {2}did you mean epochs/)
  })

  test('a parameter of another type, and one out of range, both at once', () => {
    refused(
      [task, '--set', 'training.epochs=many', '--set', 'training.batch_size=0'],
      'training.epochs',
      'training.batch_size',
    )
  })

  test('a mistake in the YAML, with its line and column', () => {
    workspace.edit(yaml, 'training:', 'trainning:')
    refused([task], new RegExp(`${yaml}:\\d+:\\d+ .*trainning`), 'did you mean training')
  })

  test('a key that stands there twice', () => {
    workspace.write(yaml, `${original}\ndescription: Another one\n`)
    refused([task], new RegExp(`${yaml}:\\d+`), 'description')
  })

  test('an unreadable experiment leaves the others working', () => {
    workspace.write('experiments/lightning/broken/experiment.yaml', 'description: [\n')
    refused(['lightning-broken:train'], 'experiments/lightning/broken/experiment.yaml')
    expect(workspace.nx(['run', task]).status).toBe(0)
    workspace.remove('experiments/lightning/broken')
  })

  test('a mistake in config.ts, with its line, and the next run when it is mended', () => {
    const file = 'experiments/lightning/mnist/config.ts'
    const structure = workspace.read(file)
    workspace.write(file, `${structure}\nexport const more = {{\n`)
    const line = structure.split('\n').length + 1
    refused([task], new RegExp(`${file}  does not load: .*${file}:${line}:\\d+`), 'export const more = {{')
    workspace.write(file, structure)
    expect(workspace.nx(['run', task]).status).toBe(0)
  })

  test('a parameter that is set without --set', () => {
    refused([task, '--epochs=3'], /--epochs=3 .*--set\s+write --set training\.epochs=3/)
    refused([task, '--training.epochs=3'], 'write --set training.epochs=3')
    refused([task, 'training.epochs=3'], 'write --set training.epochs=3')
  })

  test('a flag that does not exist', () => {
    refused([task, '--epoch=3'], 'epoch')
  })

  test('a configuration that does not exist, which Nx would take for the default', () => {
    refused([task, '-c', 'ful'], /no such configuration/, 'did you mean full')
    const { status, output } = workspace.nx(['run-many', '-t', 'prepare-data', '-c', 'ful'])
    expect(status).not.toBe(0)
    expect(output).toMatch(/no experiment has such a configuration.*did you mean full/s)
  })

  test('a device that the experiment does not list', () => {
    refused([task, '--device=quantum'], 'device')
  })

  test('a folder of one’s own that is not there', () => {
    refused(
      [task, '--set', 'dataset.path=no/such/folder'],
      /^--set dataset\.path=no\/such\/folder {2}dataset\.path {2}there is no .*no\/such\/folder$/m,
    )
  })

  test('a loss that is no longer a number: nothing is kept, and the next run trains again', () => {
    const args = ['lightning-mnist:train', '--set', 'training.learning_rate=1e30']
    refused(args, /nan|infinite|not a number|no longer a number/i)
    const kept = readdirSync(workspace.path('dist/lightning-mnist'), { recursive: true, encoding: 'utf8' })
    expect(kept.filter((path) => /\/train$/.test(path))).toEqual([])
    refused(args, /nan|infinite|not a number|no longer a number/i)
  })

  test('a model below its threshold fails the target and still leaves results.json', () => {
    const strict = 'acceptance.accuracy.at_least=0.9999'
    const output = refused(
      ['lightning-mnist:evaluate', '--set', 'training.epochs=1', '--set', strict],
      /accuracy.*0\.9999|0\.9999.*accuracy/s,
    )
    const results = workspace.json<{ accepted: boolean }>(`${placeOf(output)}/results.json`)
    expect(results.accepted).toBe(false)
  })
})

describe('a machine that lacks something', () => {
  const workspace = new Workspace()
  const bin = join(workspace.root, '..', 'bin')
  const node = process.execPath
  afterAll(() => workspace.dispose())

  /** A PATH with node, a shell and what else is given. */
  function onlyWith(programs: Record<string, string>): NodeJS.ProcessEnv {
    mkdirSync(bin, { recursive: true })
    symlinkSync(node, join(bin, 'node'))
    symlinkSync('/bin/sh', join(bin, 'sh'))
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
      chmodSync(join(bin, name), 0o755)
    }
    return { PATH: bin, BLACKSMITH_HOME: join(workspace.root, '..', 'empty-home') }
  }

  test('no Python, and one that is too old: what was found, and what to install', () => {
    const none = workspace.nx(['run', task], onlyWith({}))
    expect(none.status).not.toBe(0)
    expect(none.output).toMatch(/no Python.*3\.11 or newer.*apt install python3/s)
    writeFileSync(join(bin, 'python3'), '#!/bin/sh\necho 3.8.18\necho /usr/bin/python3.8\n', { mode: 0o755 })
    const old = workspace.nx(['run', task], {
      PATH: bin,
      BLACKSMITH_HOME: join(workspace.root, '..', 'empty-home'),
    })
    expect(old.status).not.toBe(0)
    expect(old.output).toMatch(/3\.8\.18/)
  })

  test('no package index and no wheels: nothing half-made is kept', () => {
    const home = join(workspace.root, '..', 'offline-home')
    const { status, output } = workspace.nx(['run', task], {
      BLACKSMITH_HOME: home,
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: join(workspace.root, 'no-wheels'),
      PIP_CONFIG_FILE: '/dev/null',
    })
    expect(status).not.toBe(0)
    expect(output).toMatch(/requirements\/data\.txt.*index/s)
    expect(
      workspace.blacksmith(['environment', 'data'], {
        BLACKSMITH_HOME: home,
        PIP_NO_INDEX: '1',
        PIP_CONFIG_FILE: '/dev/null',
        PIP_FIND_LINKS: '',
      }).status,
    ).not.toBe(0)
  })
})
