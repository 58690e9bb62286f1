import { setTimeout as pause } from 'node:timers/promises'
import { type Lease, leaseDevices } from '@blacksmith/devices'
import { eventually, processesWith } from '../libs/devices/src/testing/supervised'
import { endAll, leaseRecord, leftOf, oneCore, type RunTree, runTree } from './run-tree'
import { addTinyExperiment } from './tiny-experiment'
import { untilPrinted } from './until-printed'
import { Workspace } from './workspace'

type Victim = 'nx' | 'executor' | 'supervisor' | 'trainer'
const victims: Victim[] = ['nx', 'executor', 'supervisor', 'trainer']
/** How long an unresponsive worker is left alone after the end of its trainer. */
const graceSeconds = 0.5
const shortGrace = { ...oneCore, BLACKSMITH_STOP_GRACE: String(graceSeconds) }

/** Trains for ever with PyTorch, with workers that close the lease's descriptors, keep them, and do not respond. */
const recipe = `import os
import subprocess
import time

import torch


def train(ctx):
    subprocess.Popen(["sleep", "100"], start_new_session=True)
    subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 100; sleep 100"], close_fds=False)
    if os.fork() == 0:
        time.sleep(100)
    weights = torch.zeros(64, requires_grad=True)
    for step in range(100_000):
        (torch.rand(64, 64) @ weights - 1).square().sum().backward()
        time.sleep(0.02)
        ctx.progress(step + 1, 100_000)
        ctx.checkpoint_when_due(step + 1, lambda: {"step": step + 1})
`
const experiment = {
  'experiment.yaml': `description: Trains for ever
dataset: { name: counts }
model: { name: mlp }
devices: [cpu]
threads: 1
`,
  'config.ts': `import { defineExperiment, z } from '@blacksmith/config'

export default defineExperiment({
  dataset: z.object({ size: z.int().default(4) }),
  model: z.object({}),
  training: z.object({}),
})
`,
  'recipe.py': recipe,
}

let workspace: Workspace
beforeAll(() => {
  workspace = new Workspace()
  // For its data set.
  addTinyExperiment(workspace)
  for (const [file, text] of Object.entries(experiment))
    workspace.write(`experiments/lightning/endless/${file}`, text)
  const prepared = workspace.nx(['run', 'lightning-endless:prepare-data'])
  expect(prepared.status === 0 ? 'ok' : prepared.output).toBe('ok')
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

async function noneLeft(): Promise<void> {
  await eventually(() => processesWith('BLACKSMITH_HOME', workspace.home).length === 0, 300)
  expect(processesWith('BLACKSMITH_HOME', workspace.home)).toEqual([])
}

const train = ['run', 'lightning-endless:train']

describe('kill -9 under the real nx: nothing is left, and who waits has the core', () => {
  test.each(victims)('of the %s at a random moment, while PyTorch trains with workers', async (victim) => {
    const nx = workspace.startNx(train, shortGrace)
    await untilPrinted(nx, /step/)
    const run = await runTree(workspace)
    const next = waiter(run)
    await pause(Math.random() * 500)
    process.kill(victim === 'nx' ? (nx.pid ?? 0) : run[victim], 'SIGKILL')
    const { lease, left } = await next
    expect(left).toEqual([])
    expect(leaseRecord(workspace)).toContain('state=leased')
    expect(leaseRecord(workspace)).toContain('project=next')
    expect(await lease.release()).toEqual({ clean: true })
    await noneLeft()
  })

  test('of the trainer: its core is marked, and checked when it is next asked for', async () => {
    workspace.startNx(train, shortGrace)
    const run = await runTree(workspace)
    process.kill(run.trainer, 'SIGKILL')
    await noneLeft()
    expect(leaseRecord(workspace)).toMatch(/state=dirty\n(.*\n)*reason=the trainer was ended by Killed/)
    expect(workspace.blacksmith(['devices'], oneCore).output).toMatch(/cpu0 .*dirty .*ended by Killed/)
    const { lease } = await waiter(run)
    expect(leaseRecord(workspace)).toContain('state=leased')
    await lease.release()
    expect(workspace.blacksmith(['devices']).output).not.toContain('dirty')
  })
})
