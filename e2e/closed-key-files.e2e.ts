import { readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheHits } from './cache-hits'
import { addNumberExperiment, number, train, trained, writeRecipe } from './number-experiment'
import { plainPython } from './tiny-experiment'
import { Workspace } from './workspace'

const folder = 'experiments/plain/tiny'
const task = 'plain-tiny:train'
const resultFolder = 'dist/plain-tiny/default/train'
const workspace = new Workspace()
const outside = join(workspace.root, '..', 'outside.py')

/** What a training is made of and Nx does not look at by itself: each writes the digit that it gives to the number. */
const sources: [what: string, write: (digit: number) => void][] = [
  ['a helper in a folder that git ignores', (digit) => module(`${folder}/reports/h.py`, digit)],
  ['a helper behind a link out of the workspace', (digit) => writeFileSync(outside, `X = ${digit}.0\n`)],
  [
    'a helper of equal length, written in the same second and given the old time',
    (digit) => {
      module(`${folder}/same.py`, digit)
      utimesSync(workspace.path(folder, 'same.py'), 1_700_000_000, 1_700_000_000)
    },
  ],
  [
    'TypeScript that config.ts imports from elsewhere',
    (digit) =>
      workspace.write(
        'experiments/plain/common.ts',
        `import { z } from '@blacksmith/config'\n\nexport const sum = z.object({ start: z.number().default(${digit}) })\n`,
      ),
  ],
  [
    'a declared variable',
    (digit) => {
      variables.X = String(digit)
    },
  ],
  ['a declared input', (digit) => workspace.write(`${folder}/curve.json`, `[${digit}]`)],
  ['a module beside the packages', (digit) => module('libs/python/mylib.py', digit)],
  ['a package of nobody', (digit) => module('libs/python/blacksmith/common/h.py', digit)],
]
const variables: NodeJS.ProcessEnv = {}
const digits = sources.map(() => 1)
const recipe = `
import json
import os
from reports.h import X as ignored
from linked import X as linked
from same import X as same
from mylib import X as mylib
from blacksmith.common.h import X as common
digits = [ignored, linked, same, ctx.config.model.start, float(os.environ["X"])]
digits += [json.load(open("curve.json"))[0], mylib, common]
x = float("".join(str(int(digit)) for digit in digits))
`

function module(path: string, digit: number): void {
  workspace.write(path, `X = ${digit}.0\n`)
}

beforeAll(() => {
  addNumberExperiment(workspace, recipe, 'threads: 1\ninputs: [curve.json]\nvariables: [X]')
  workspace.edit(
    `${folder}/config.ts`,
    "import { sum } from '../../../libs/python/blacksmith/models/plain/sum/schema'",
    "import { sum } from '../common'",
  )
  for (const [, write] of sources) write(1)
  symlinkSync(outside, workspace.path(folder, 'linked.py'))
  trained(workspace, [], { ...variables, PYTHONDONTWRITEBYTECODE: '' })
})
afterAll(() => workspace.dispose())

/** Whatever Python can import: a change of it is never answered by the number from before. */
describe.each([
  ['without Nx’s daemon', 'false', sources],
  // Where a helper lies makes no difference to the daemon unless git ignores it, or it is elsewhere.
  ['behind Nx’s daemon', 'true', sources.slice(0, 5)],
])('a change that Nx does not look at by itself, %s', (_name, NX_DAEMON, changed) => {
  const env = () => ({ ...variables, NX_DAEMON, PYTHONDONTWRITEBYTECODE: '' })
  afterAll(() => void workspace.nx(['daemon', '--stop'], { NX_DAEMON }))

  test.each(changed)('of %s trains again', (_what, write) => {
    const at = changed.findIndex(([, other]) => other === write)
    const digit = (digits[at] ?? 0) + 1
    digits[at] = digit
    write(digit)
    trained(workspace, [], env())
    expect(number(workspace)).toBe(Number(digits.join('')))
  })

  test('of nothing is answered by Nx', () => {
    trained(workspace, [], env())
    expect(cacheHits(workspace)).toContain(task)
  })
})

test('a file that no key names is refused, with the line to add and no stack', () => {
  workspace.write(`${folder}/other.json`, '[3.5]')
  writeRecipe(workspace, 'x = float(Path("other.json").read_text()[1:-1])')
  const { status, output } = workspace.nx(train, { ...plainPython, ...variables })
  expect(status).not.toBe(0)
  expect(output).not.toMatch(/^ +at .*:\d+:\d+/m)
  expect(output).toMatch(new RegExp(`add it to ${folder}/experiment.yaml: +inputs: .*other.json`))
})

describe('what stands in a place', () => {
  beforeAll(() => {
    writeRecipe(workspace, 'from reports.h import X\nx = X')
    trained(workspace, [], variables)
  })
  /** What Nx's cache holds of the training of the last command, by the record that Nx keeps of each run. */
  const entry = () => {
    const { NX_CACHE_DIRECTORY: cache = '' } = workspace.environment()
    const { tasks } = JSON.parse(readFileSync(join(cache, 'run.json'), 'utf8')) as {
      tasks: { taskId: string; hash: string }[]
    }
    return join(cache, tasks.find(({ taskId }) => taskId === task)?.hash ?? '', resultFolder)
  }
  const again = () => {
    trained(workspace, [], variables)
    expect(number(workspace)).toBe(digits[0])
  }

  test('is found before the command says success when a byte of it has flipped in Nx’s cache', () => {
    const model = join(entry(), 'model.safetensors')
    const bytes = readFileSync(model)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 1, bytes.length - 2)
    writeFileSync(model, bytes)
    workspace.remove('dist')
    const { status, output } = workspace.nx(train, { ...plainPython, ...variables })
    expect(status).not.toBe(0)
    expect(output).toMatch(/plain-tiny\/default\/train\/.*\s+run the same command again/)
    again()
  })

  test('is not an answer when Nx’s entry has lost its files', () => {
    rmSync(entry(), { recursive: true })
    workspace.remove('dist')
    expect(workspace.nx(train, { ...plainPython, ...variables }).status).not.toBe(0)
    again()
  })

  test('is as it is now for a target of somebody’s own that depends on it', () => {
    workspace.write(
      'experiments/jax/mnist/project.json',
      JSON.stringify({
        name: 'jax-mnist',
        targets: {
          all: { executor: 'nx:noop', dependsOn: [{ projects: ['plain-tiny'], target: 'train' }] },
        },
      }),
    )
    const all = () => workspace.nx(['run', 'jax-mnist:all'], { ...plainPython, ...variables })
    workspace.write(`${folder}/reports/h.py`, 'X = 3.5\n')
    // What Nx had is taken away at the first try.
    if (all().status !== 0) {
      const { status, output } = all()
      expect(status === 0 ? 'ok' : output).toBe('ok')
    }
    expect(number(workspace)).toBe(3.5)
    workspace.remove('experiments/jax/mnist/project.json')
  })

  test('is made again when its run is removed', () => {
    const { id } = workspace.json<{ id: string }>(`${resultFolder}/provenance.json`)
    expect(workspace.blacksmith(['runs', 'remove', id, '--yes']).status).toBe(0)
    expect(workspace.exists(resultFolder)).toBe(false)
    const { output } = trained(workspace, ['--skip-nx-cache'], { ...variables, BLACKSMITH_FRESH: '' })
    expect(output).not.toMatch(/the store has run \w+ \(plain-tiny:train\)/)
  })
})
