import { leaseDevices } from '@blacksmith/devices'
import { cacheHits } from './cache-hits'
import { oneCore } from './run-tree'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { untilPrinted } from './until-printed'
import { outputFolder, Workspace } from './workspace'

const train = ['run', 'plain-tiny:train']
const dist = 'dist/plain-tiny/default'

describe('a run under a lease', () => {
  const workspace = new Workspace()
  beforeAll(() => {
    addTinyExperiment(workspace)
    workspace.onCpu(1)
    workspace.commit('A tiny experiment')
  })
  afterAll(() => workspace.dispose())

  test('waits for its core, says who has it and the place in the queue, and then runs', async () => {
    const lease = await leaseDevices(
      { kind: 'cpu', count: 1, threads: 1 },
      { project: 'somebody', target: 'train', env: { ...workspace.environment(), ...oneCore } },
    )
    const nx = workspace.startNx(train, { ...plainPython, ...oneCore })
    const ended = new Promise((resolve) => nx.once('exit', resolve))
    try {
      await untilPrinted(
        nx,
        new RegExp(`place 1 in the queue; cpu0 held by somebody:train of user \\d+, pid ${process.pid}`),
      )
      expect(workspace.blacksmith(['queue']).output).toMatch(/1 +1 cpu +plain-tiny +prepare-data/)
    } finally {
      await lease.release()
    }
    expect(await ended).toBe(0)
  })

  test('keeps the telemetry of what it had, null where nothing is known', () => {
    const lines = workspace
      .read(`${dist}/train/telemetry.jsonl`)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({ device: 'cpu', temperature_celsius: null, memory_used_bytes: null })
  })

  test('is the same run on another core and with another timeout, and another one with other threads', () => {
    const key = (place = `${dist}/train`) => workspace.json<{ key: string }>(`${place}/provenance.json`).key
    const first = key()
    const other = { BLACKSMITH_DEVICE: 'cpu1,cpu0', BLACKSMITH_WAIT: '60', BLACKSMITH_STOP_GRACE: '1' }
    expect(workspace.nx(train, { ...plainPython, ...other }).status).toBe(0)
    expect(cacheHits(workspace)).toEqual(['plain-tiny:prepare-data', 'plain-tiny:train'])
    workspace.forgetNxCache()
    expect(workspace.nx(train, { ...plainPython, ...other }).output).toMatch(/the store has run/)
    expect(key()).toBe(first)
    const { status, output } = workspace.nx([...train, '--threads=2'], plainPython)
    expect(status).toBe(0)
    expect(key(outputFolder(output))).not.toBe(first)
    expect(key()).toBe(first)
  })

  test('is refused a kind that its experiment does not list, and more devices than it may have', () => {
    for (const flag of ['--device=gpu', '--devices=2']) {
      const { status, output } = workspace.nx([...train, flag], plainPython)
      expect(status).not.toBe(0)
      expect(output).toMatch(/device/)
      expect(output).not.toMatch(/^ +at .*:\d+:\d+/m)
    }
  })

  test('that waits for too long ends with the name of who has its core', async () => {
    const lease = await leaseDevices(
      { kind: 'cpu', count: 1, threads: 1 },
      { project: 'somebody', target: 'train', env: { ...workspace.environment(), ...oneCore } },
    )
    const shortWait = { ...plainPython, ...oneCore, BLACKSMITH_WAIT: '0.2', BLACKSMITH_FRESH: '1' }
    const { status, output } = workspace.nx([...train, '--skip-nx-cache'], shortWait)
    await lease.release()
    expect(status).not.toBe(0)
    expect(output).toMatch(/no device was free within BLACKSMITH_WAIT=0\.2 s.*held by somebody:train/)
  })
})
