import { once } from 'node:events'
import { dirname } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { leaseDevices } from '@blacksmith/devices'
import { eventually } from '../libs/devices/src/testing/supervised'
import { addNumberExperiment, atGate, number, train, trained, writeRecipe } from './number-experiment'
import { oneCore } from './run-tree'
import { plainPython } from './tiny-experiment'
import { untilPrinted } from './until-printed'
import { outputFolder, Workspace } from './workspace'

const yaml = 'experiments/plain/tiny/experiment.yaml'
const helper = 'experiments/plain/tiny/helper.py'
const writesCounts = '(ctx.output / "counts.txt").write_text("1 2")'
/** A preparation that waits until a test opens its gate; no other test has made the same, which would be there. */
const heldFor = (test: string) => `# ${test}
import time


def prepare(ctx):
    gate = ctx.work / "gate-prepare"
    gate.touch()
    while gate.exists():
        time.sleep(0.01)
    ${writesCounts}
`

const workspace = new Workspace()
beforeAll(() => addNumberExperiment(workspace, 'x = 0', 'threads: 1'))
afterAll(() => workspace.dispose())

const writeHelper = (value: number) => workspace.write(helper, `X = ${value}.0\n`)
const writePreparation = (text: string) =>
  workspace.write('libs/python/blacksmith/datasets/counts/prepare.py', text)

/** Starts nx, whose end is its exit code. */
function start(env: NodeJS.ProcessEnv) {
  const nx = workspace.startNx(train, { ...plainPython, ...env })
  return { nx, ended: once(nx, 'exit').then(([code]) => code as number | null) }
}

test('a helper that is edited while the trainer works does not reach it, even if it is put back', async () => {
  writeHelper(1)
  writeRecipe(workspace, 'gate(ctx, "import")\nimport helper\nx = helper.X')
  const { ended } = start({})
  const gate = await atGate(workspace, 'import')
  writeHelper(2)
  gate.open()
  expect(await ended).toBe(0)
  writeHelper(1)
  expect(number(workspace)).toBe(1)
  trained(workspace)
  expect(number(workspace)).toBe(1)
})

test('another branch that is checked out while a run waits for its core does not reach it', async () => {
  writeRecipe(workspace, 'import helper\nx = helper.X')
  writeHelper(10)
  workspace.commit('ten')
  workspace.git('switch', '--quiet', '--create', 'other')
  writeHelper(20)
  workspace.commit('twenty')
  workspace.git('switch', '--quiet', 'main')
  const lease = await leaseDevices(
    { kind: 'cpu', count: 1, threads: 1 },
    { project: 'somebody', target: 'train', env: { ...workspace.environment(), ...oneCore } },
  )
  const { nx, ended } = start(oneCore)
  await untilPrinted(nx, /place 1 in the queue/)
  workspace.git('switch', '--quiet', 'other')
  await lease.release()
  const code = await ended
  workspace.git('switch', '--quiet', 'main')
  // Where its preparation was what waited, what trains has another draft than what Nx has hashed.
  if (code === 0) expect(number(workspace)).toBe(10)
  trained(workspace)
  expect(number(workspace)).toBe(10)
  workspace.git('switch', '--quiet', 'other')
  trained(workspace)
  expect(number(workspace)).toBe(20)
  workspace.git('switch', '--quiet', 'main')
})

/** What is edited while a command waits or works must neither reach it nor make Nx or the store remember it wrongly. */
describe.each([
  ['without Nx’s daemon', 'false', 100],
  ['behind Nx’s daemon', 'true', 200],
])('edits in time, %s', (_name, NX_DAEMON, first) => {
  const env = { NX_DAEMON }
  afterAll(() => void workspace.nx(['daemon', '--stop'], env))

  test('what is saved after nx has hashed is trained under its own hash', async () => {
    writeRecipe(workspace, 'import helper\nx = helper.X')
    writeHelper(first)
    writePreparation(heldFor(`saved after ${first}`))
    const { ended } = start(env)
    const gate = await atGate(workspace, 'prepare')
    writeHelper(first + 1)
    gate.open()
    if ((await ended) === 0) expect(number(workspace)).toBe(first)
    for (const value of [first + 1, first]) {
      writeHelper(value)
      trained(workspace, [], env)
      expect(number(workspace)).toBe(value)
    }
  })

  test('two commands that differ in a declared variable: Nx keeps neither result for the other', async () => {
    writePreparation(heldFor(`variable of ${first}`))
    writeRecipe(workspace, 'import os\nx = float(os.environ["X"])')
    workspace.edit(yaml, 'threads: 1\n', 'threads: 1\nvariables: [X]\n')
    const [one, other] = [String(first), String(first + 1)]
    const hashed = () => workspace.read('.nx/blacksmith/plain-tiny/train')
    const { ended } = start({ ...env, X: one })
    const gate = await atGate(workspace, 'prepare')
    const before = hashed()
    const second = start({ ...env, X: other })
    expect(await eventually(() => hashed() !== before, 300)).toBe(true)
    gate.open()
    await Promise.all([ended, second.ended])
    for (const X of [one, other, one]) {
      const again = () => workspace.nx(train, { ...plainPython, ...env, X })
      // What was kept for the other is found, and taken away.
      if (again().status !== 0) expect(again().status).toBe(0)
      expect(number(workspace)).toBe(Number(X))
    }
    workspace.edit(yaml, 'variables: [X]\n', '')
  })

  test('several commands with other flags at once in one workspace: each has its own, also later', async () => {
    writePreparation(`def prepare(ctx):\n    ${writesCounts}\n`)
    writeRecipe(workspace, `x = ${first} + ctx.config.model.start`)
    const values = [1, 2, 3]
    const run = async (value: number) => {
      const nx = workspace.startNx([...train, '--set', `model.start=${value}`], { ...plainPython, ...env })
      let output = ''
      for (const stream of [nx.stdout, nx.stderr]) {
        stream.on('data', (text) => {
          output += text
        })
      }
      const [code] = await once(nx, 'close')
      // What it said is what a failure shows.
      expect(code === 0 ? 'ok' : output).toBe('ok')
      return dirname(outputFolder(stripVTControlCharacters(output)))
    }
    const places = await Promise.all(values.map(run))
    expect(new Set(places).size).toBe(values.length)
    expect(places.map((place) => number(workspace, place))).toEqual(values.map((value) => first + value))
    trained(workspace, [], env)
    expect(number(workspace)).toBe(first)
    expect(await run(2)).toBe(places[1])
    expect(places.map((place) => number(workspace, place))).toEqual(values.map((value) => first + value))
  })
})
