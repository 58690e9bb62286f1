import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { outputFolder, type Result, Workspace } from './workspace'

const task = 'plain-tiny:prepare-data'
const train = 'plain-tiny:train'

const workspace = new Workspace('a workspace with späces')
beforeAll(() => addTinyExperiment(workspace))
afterAll(() => workspace.dispose())

/** One clear error, without a stack of ours. */
function expectRefusal({ status, output }: Result, ...words: (string | RegExp)[]): void {
  expect(status).not.toBe(0)
  for (const word of words) expect(output).toMatch(word)
  expect(output).not.toMatch(/\n\s+at .*\.ts:\d+/)
}

/** Each of these is one clear error and a failure, and what stood in dist/ before stands there still. */
describe('bad input', () => {
  /** A copy of the tiny experiment with a mistake in one of its files. */
  const broken = (name: string, file: string, mistaken: (text: string) => string) => {
    for (const each of ['experiment.yaml', 'config.ts', 'recipe.py']) {
      const text = workspace.read(`experiments/plain/tiny/${each}`)
      workspace.write(`experiments/plain/${name}/${each}`, each === file ? mistaken(text) : text)
    }
    return `experiments/plain/${name}/${file}`
  }

  const refused = (args: string[], ...words: (string | RegExp)[]) => {
    const result = workspace.nx(['run', ...args], plainPython)
    expectRefusal(result, ...words)
    expect(workspace.exists('dist/plain-tiny/default/prepare-data/manifest.json')).toBe(true)
    return result.output
  }

  test('mistakes in the files of experiments are reported with line and column, and leave the others working', () => {
    const misspelt = broken('misspelt', 'experiment.yaml', (text) => text.replace('training:', 'trainning:'))
    const twice = broken('twice', 'experiment.yaml', (text) => `${text}description: Another one\n`)
    const unreadable = broken('unreadable', 'experiment.yaml', () => 'description: [\n')
    const config = broken('structure', 'config.ts', (text) => `${text}\nexport const more = {{\n`)
    const line = workspace.read(config).split('\n').length - 1
    const all = workspace.nx(
      ['run-many', '-t', 'prepare-data', '--projects=plain-*', '--nxBail=false', '--parallel=1'],
      plainPython,
    )
    expectRefusal(
      all,
      new RegExp(`${misspelt}:\\d+:\\d+ .*trainning`),
      'did you mean training',
      new RegExp(`${twice}:\\d+.*description`),
      unreadable,
      new RegExp(`${config}  does not load: .*${config}:${line}:\\d+`),
      'export const more = {{',
    )
    expect(workspace.exists('dist/plain-tiny/default/prepare-data/manifest.json')).toBe(true)
    for (const name of ['misspelt', 'twice', 'unreadable', 'structure'])
      expect(workspace.exists(`dist/plain-${name}/default/prepare-data`)).toBe(false)

    workspace.write(config, workspace.read('experiments/plain/tiny/config.ts'))
    expect(workspace.nx(['run', 'plain-structure:prepare-data'], plainPython).status).toBe(0)
    for (const name of ['misspelt', 'twice', 'unreadable', 'structure'])
      workspace.remove(`experiments/plain/${name}`)
  })

  test('an unknown parameter, with the nearest one, and one of another type and one out of range, all at once', () => {
    refused(
      [task, '--set', 'training.epoch=3', '--set', 'model.start=many', '--set', 'training.epochs=0'],
      /training\.epoch\b.*\n {2}did you mean epochs/,
      /model\.start\b.*many/,
      /training\.epochs\b.*0/,
    )
  })

  test('a parameter that is set without --set', () => {
    refused([task, '--epochs=3'], /--epochs=3 .*--set\s+write --set training\.epochs=3/)
    refused([task, 'training.epochs=3'], 'write --set training.epochs=3')
  })

  test.each(['--epoch=3', '--device=quantum'])('a flag that no target takes: %s', (flag) => {
    refused([task, flag], /'epoch'|quantum/)
  })

  test('a configuration that does not exist, which Nx would take for the default', () => {
    workspace.write('experiments/plain/tiny/configs/full.yaml', 'dataset: { size: 100 }\n')
    refused([task, '-c', 'ful'], /no such configuration/, 'did you mean full')
  })

  test('a folder of one’s own that is not there', () => {
    refused(
      ['lightning-mnist:prepare-data', '--set', 'dataset.path=no/such/folder'],
      /^--set dataset\.path=no\/such\/folder {2}dataset\.path {2}there is no .*no\/such\/folder$/m,
    )
  })

  test('a model below its threshold fails the target and still leaves results.json', () => {
    const output = refused(
      ['plain-tiny:evaluate', '--set', 'acceptance.total.at_least=7'],
      /total.*\b7\b|\b7\b.*total/s,
    )
    const results = workspace.json<{ accepted: boolean }>(`${outputFolder(output)}/results.json`)
    expect(results.accepted).toBe(false)
  })

  test('a loss that is no longer a number: nothing is kept, and the next run trains again', () => {
    workspace.edit('experiments/plain/tiny/recipe.py', '{"total": total}', '{"loss": float("nan")}')
    const args = [train, '--set', 'training.epochs=2']
    for (const _ of ['first', 'again']) refused(args, /loss became nan at step 1/)
    const kept = readdirSync(workspace.path('dist/plain-tiny'), { recursive: true, encoding: 'utf8' })
    expect(kept.filter((path) => path.startsWith('default+') && path.endsWith('/train'))).toEqual([])
  })
})

test('a machine without Python: what to install', () => {
  const bin = join(workspace.root, '..', 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync('/bin/sh', join(bin, 'sh'))
  const poor = { PATH: bin, BLACKSMITH_HOME: join(workspace.root, '..', 'empty-home') }
  const prepared = workspace.nx(['run', 'lightning-mnist:prepare-data'], poor)
  expectRefusal(prepared, /no Python.*3\.11 or newer.*apt install python3/s)
})
