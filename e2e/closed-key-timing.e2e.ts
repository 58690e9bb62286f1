import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { leaseDevices } from '@blacksmith/devices'
import {
  addNumberExperiment,
  atGate,
  newestRun,
  number,
  train,
  trained,
  writeRecipe,
} from './number-experiment'
import { oneCore } from './run-tree'
import { plainPython } from './tiny-experiment'
import { told } from './told'
import { placeOf, Workspace } from './workspace'

const helper = 'experiments/plain/tiny/helper.py'
const held = 'gate(ctx, "import")\nimport helper\nx = helper.X'

/** A preparation that waits until a test opens its gate, and then does this. */
const heldPreparation = (statement: string) => `import time
from pathlib import Path


def prepare(ctx):
    gate = ctx.work / "gate-prepare"
    gate.touch()
    while gate.exists():
        time.sleep(0.01)
    ${statement}
`

/** What is edited while a command waits or works must neither reach it nor make Nx or the store remember it wrongly. */
describe.each([
  ['without Nx’s daemon', 'false', 4],
  ['behind Nx’s daemon', 'true', 1],
])('edits in time, %s', (_name, NX_DAEMON, rounds) => {
  const workspace = new Workspace()
  const env = { ...plainPython, NX_DAEMON }
  beforeAll(() => addNumberExperiment(workspace, 'x = 0', 'threads: 1'))
  beforeEach(() => workspace.forgetNxCache())
  afterAll(() => {
    workspace.nx(['daemon', '--stop'], env)
    workspace.dispose()
  })

  const writeHelper = (lines: string) => workspace.write(helper, lines)

  test('a helper that is edited while the trainer works does not reach it, even if it is put back', async () => {
    writeHelper('X = 1.0\n')
    writeRecipe(workspace, held)
    const nx = workspace.startNx(train, env)
    const ended = once(nx, 'exit')
    const gate = await atGate(workspace, 'import')
    writeHelper('X = 2.0\n')
    gate.open()
    expect((await ended)[0]).toBe(0)
    writeHelper('X = 1.0\n')
    expect(number(workspace)).toBe(1)
    trained(workspace, [], env)
    expect(number(workspace)).toBe(1)
  })

  test('another branch that is checked out while a run waits for its core does not reach it', async () => {
    writeRecipe(workspace, 'import helper\nx = helper.X')
    writeHelper('X = 10.0\n')
    workspace.commit('ten')
    workspace.git('switch', '--quiet', '--create', 'other')
    writeHelper('X = 20.0\n')
    workspace.commit('twenty')
    workspace.git('switch', '--quiet', 'main')
    trained(workspace, ['--skip-nx-cache'], { ...env, BLACKSMITH_FRESH: '' })
    workspace.newStore()
    const lease = await leaseDevices(
      { kind: 'cpu', count: 1, threads: 1 },
      { project: 'somebody', target: 'train', env: { ...workspace.environment(), ...oneCore } },
    )
    const nx = workspace.startNx(train, { ...env, ...oneCore })
    const ended = once(nx, 'exit')
    await told(nx, /place 1 in the queue/)
    workspace.git('switch', '--quiet', 'other')
    await lease.release()
    const [code] = await ended
    workspace.git('switch', '--quiet', 'main')
    // Its preparation was what waited, so what trains has another draft than what Nx has hashed.
    if (code === 0) expect(number(workspace)).toBe(10)
    trained(workspace, [], env)
    expect(number(workspace)).toBe(10)
    workspace.git('switch', '--quiet', 'other')
    trained(workspace, [], env)
    expect(number(workspace)).toBe(20)
    workspace.git('switch', '--quiet', 'main')
  })

  test('what is saved after nx has hashed is trained under its own hash', async () => {
    workspace.newStore()
    workspace.forgetNxCache()
    writeHelper('X = 3.0\n')
    workspace.write(
      'libs/python/blacksmith/datasets/counts/prepare.py',
      heldPreparation(`(ctx.output / "counts.txt").write_text("1 2")`),
    )
    const nx = workspace.startNx(train, env)
    const ended = once(nx, 'exit')
    const gate = await atGate(workspace, 'prepare')
    writeHelper('X = 4.0\n')
    gate.open()
    const [code] = await ended
    if (code === 0) expect(number(workspace)).toBe(3)
    trained(workspace, [], env)
    expect(number(workspace)).toBe(4)
    writeHelper('X = 3.0\n')
    trained(workspace, [], env)
    expect(number(workspace)).toBe(3)
  })

  test('two commands that differ in a declared variable: Nx keeps neither result for the other', async () => {
    workspace.newStore()
    workspace.forgetNxCache()
    const yaml = 'experiments/plain/tiny/experiment.yaml'
    workspace.edit(yaml, 'threads: 1\n', 'threads: 1\nvariables: [X]\n')
    writeRecipe(workspace, 'import os\nx = float(os.environ["X"])')
    const hashed = () => workspace.read('.nx/blacksmith/plain-tiny/train')
    const first = workspace.startNx(train, { ...env, X: '11' })
    const firstEnded = once(first, 'exit')
    const gate = await atGate(workspace, 'prepare')
    const before = hashed()
    const second = workspace.startNx(train, { ...env, X: '12' })
    const secondEnded = once(second, 'exit')
    while (hashed() === before) await pause(20)
    gate.open()
    await Promise.all([firstEnded, secondEnded])
    for (const X of ['11', '12', '11']) {
      const again = () => workspace.nx(train, { ...env, X })
      // What was kept for the other is found, and taken away.
      if (again().status !== 0) expect(again().status).toBe(0)
      expect(number(workspace)).toBe(Number(X))
    }
    workspace.edit(yaml, 'variables: [X]\n', '')
  })

  test('several commands with other flags at once in one workspace: each has its own, also later', async () => {
    writeRecipe(workspace, 'x = float(ctx.config.model.start)')
    workspace.write(
      'libs/python/blacksmith/datasets/counts/prepare.py',
      'def prepare(ctx):\n    (ctx.output / "counts.txt").write_text("1 2")\n',
    )
    const values = [1, 2, 3, 4, 5]
    const run = async (value: number) => {
      const nx = workspace.startNx([...train, '--set', `model.start=${value}`], env)
      let output = ''
      for (const stream of [nx.stdout, nx.stderr]) {
        stream.on('data', (text) => {
          output += text
        })
      }
      const [code] = await once(nx, 'close')
      // What it said is what a failure shows.
      expect(code === 0 ? 'ok' : output).toBe('ok')
      return dirname(placeOf(output))
    }
    for (let round = 0; round < rounds; round++) {
      const places = await Promise.all(values.map(run))
      expect(new Set(places).size).toBe(values.length)
      expect(places.map((place) => number(workspace, place))).toEqual(values)
    }
    for (const value of values) {
      trained(workspace, ['--set', `model.start=${value}`], env)
      expect(number(workspace)).toBe(value)
    }
    trained(workspace, [], env)
    expect(number(workspace, 'dist/plain-tiny/default')).toBe(0)
  })
})

/** A person's own data, which nobody copies, is held against what it was. */
describe('own data that is exchanged', () => {
  const workspace = new Workspace()
  const data = join(workspace.root, '..', 'data')
  beforeAll(() => {
    addNumberExperiment(workspace, 'x = float((ctx.data / "counts.txt").read_text())', 'threads: 1')
    workspace.write(
      'libs/python/blacksmith/datasets/counts/schema.ts',
      `import { role, z } from '@blacksmith/config'

export const counts = z.object({
  size: z.int().min(1).default(4),
  path: role('location', z.string()).optional(),
})
`,
    )
    workspace.write(
      'libs/python/blacksmith/datasets/counts/prepare.py',
      heldPreparation(
        `(ctx.output / "counts.txt").write_text((Path(ctx.config.dataset.path) / "n.txt").read_text())`,
      ),
    )
    mkdirSync(data)
  })
  afterAll(() => workspace.dispose())

  test('and put back while it is read fails the preparation, and is prepared rightly afterwards', async () => {
    writeFileSync(join(data, 'n.txt'), '1')
    const flags = ['--set', `dataset.path=${data}`]
    const nx = workspace.startNx([...train, ...flags], plainPython)
    const ended = once(nx, 'exit')
    const gate = await atGate(workspace, 'prepare')
    writeFileSync(join(data, 'n.txt'), '2')
    gate.open()
    writeFileSync(join(data, 'n.txt'), '1')
    expect((await ended)[0]).not.toBe(0)
    const again = workspace.startNx([...train, ...flags], plainPython)
    const done = once(again, 'exit')
    ;(await atGate(workspace, 'prepare')).open()
    expect((await done)[0]).toBe(0)
    expect(number(workspace)).toBe(1)
  })

  test('it is known by its bytes: spelled otherwise, or copied elsewhere, nothing is done again', () => {
    workspace.write('own/n.txt', '1')
    for (const path of ['own', './own', 'own/', 'own//', workspace.path('own'), data]) {
      const { output } = trained(workspace, ['--set', `dataset.path=${path}`])
      expect(output).toMatch(/the store has run \w+ \(plain-tiny:train\)/)
    }
    expect(newestRun(workspace)).toContain('+')
  })
})
