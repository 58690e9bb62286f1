import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { type Lease, leaseDevices } from '@blacksmith/devices'
import { eventually, processesWith } from '../libs/devices/src/testing/supervised'
import { endAll, leaseRecord, leftOf, oneCore, type RunTree, runTree } from './run-tree'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { told } from './told'
import { Workspace } from './workspace'

type Victim = 'nx' | 'executor' | 'supervisor' | 'trainer'
const victims: Victim[] = ['nx', 'executor', 'supervisor', 'trainer']
const rounds = 2
/** How long a deaf worker is left alone after the end of its trainer. */
const graceSeconds = 0.5
const impatient = { ...oneCore, BLACKSMITH_STOP_GRACE: String(graceSeconds) }

/** Trains for ever, with workers that close the lease's descriptors, keep them, and are deaf. */
const withWorkers = `import os
import subprocess
import time


def train(ctx):
    subprocess.Popen(["sleep", "100"], start_new_session=True)
    subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 100; sleep 100"], close_fds=False)
    if os.fork() == 0:
        time.sleep(100)
    for step in range(100_000):
        time.sleep(0.02)
        ctx.progress(step + 1, 100_000)
        ctx.checkpoint_when_due(step + 1, lambda: {"step": step + 1})
`

let workspace: Workspace
beforeAll(() => {
  workspace = new Workspace()
  workspace.onCpu(1)
  addTinyExperiment(workspace)
  workspace.write('experiments/plain/tiny/recipe.py', withWorkers)
  workspace.commit('A training with workers')
  expect(workspace.nx(['run', 'plain-tiny:prepare-data'], plainPython).status).toBe(0)
  expect(workspace.nx(['run', 'lightning-mnist:prepare-data']).status).toBe(0)
})
afterAll(async () => {
  endAll(workspace)
  workspace.dispose()
})

/** Somebody who waits for core 0 from now on, and what was left of the run when it got the core. */
async function waiter(run: RunTree): Promise<{ lease: Lease; left: string[] }> {
  const lease = await leaseDevices(
    { kind: 'cpu', count: 1, threads: 1 },
    { project: 'next', target: 'train', env: { ...workspace.environment(), ...oneCore } },
  )
  return { lease, left: leftOf(run).map(({ command }) => command) }
}

/** Kills one of the processes of a run that has said `ready`, at most `latest` ms later. */
async function killOneOf(victim: Victim, nx: ChildProcess, ready: RegExp, latest: number): Promise<void> {
  await told(nx, ready)
  const run = await runTree(workspace)
  const next = waiter(run)
  await pause(Math.random() * latest)
  process.kill(victim === 'nx' ? (nx.pid ?? 0) : run[victim], 'SIGKILL')
  const { lease, left } = await next
  expect(left).toEqual([])
  expect(leaseRecord(workspace)).toContain('state=leased')
  expect(leaseRecord(workspace)).toContain('project=next')
  expect(await lease.release()).toEqual({ clean: true })
  await eventually(() => processesWith('BLACKSMITH_HOME', workspace.home).length === 0)
  expect(processesWith('BLACKSMITH_HOME', workspace.home)).toEqual([])
}

describe('kill -9 under the real nx: nothing is left, and who waits has the core', () => {
  test.each(victims)(`of the %s at a random moment, ${rounds} times`, async (victim) => {
    for (let round = 0; round < rounds; round++) {
      const nx = workspace.startNx(['run', 'plain-tiny:train'], { ...plainPython, ...impatient })
      await killOneOf(victim, nx, /step/, 500)
    }
  })

  test.each(victims)('of the %s while PyTorch trains', async (victim) => {
    const train = ['run', 'lightning-mnist:train', '--set', 'training.epochs=200']
    await killOneOf(victim, workspace.startNx(train, impatient), /epoch \d+\//, 1000)
  })

  test('of the trainer: its core is marked, and checked when it is next asked for', async () => {
    workspace.startNx(['run', 'plain-tiny:train'], { ...plainPython, ...impatient })
    const run = await runTree(workspace)
    process.kill(run.trainer, 'SIGKILL')
    await eventually(() => processesWith('BLACKSMITH_HOME', workspace.home).length === 0)
    expect(leaseRecord(workspace)).toMatch(/state=dirty\n(.*\n)*reason=the trainer was ended by Killed/)
    expect(workspace.blacksmith(['devices'], oneCore).output).toMatch(/cpu0 .*dirty .*ended by Killed/)
    const { lease } = await waiter(run)
    expect(leaseRecord(workspace)).toContain('state=leased')
    await lease.release()
    expect(workspace.blacksmith(['devices']).output).not.toContain('dirty')
  })
})
