import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Placement } from '@blacksmith/config'
import { loadAddon } from '@blacksmith/native'
import { checkDevices } from './check-devices'
import { leaseDevices } from './lease'
import { LeaseBox } from './testing/lease-box'

const cores = loadAddon().usableCores().length

let box: LeaseBox
beforeEach(() => {
  box = new LeaseBox()
})
afterEach(() => box.close())

/** A tree in which this process's control group has a limit, as `cpu.max` says it. */
function limitedTo(limit: string): Record<string, string> {
  const root = join(box.folder, 'root')
  for (const [folder, name, text] of [
    ['proc/self', 'cgroup', '0::/job/step\n'],
    ['sys/fs/cgroup/job', 'cpu.max', `${limit}\n`],
  ] as const) {
    mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, folder, name), text)
  }
  return { ...box.env, BLACKSMITH_DEVICE_ROOT: root, BLACKSMITH_NVML: 'libno-such-nvml.so' }
}

async function notes(threads: number, env: Record<string, string>): Promise<readonly string[]> {
  const placement: Placement = { kind: 'cpu', count: 1, threads }
  const lease = await leaseDevices(placement, { project: 'p', target: 'train', env })
  await lease.release()
  return lease.notes
}

describe("a control group's CPU quota", () => {
  it('is noted by the lease where the threads have less than a core each', async () => {
    const half = limitedTo('50000 100000')
    expect(await notes(1, half)).toEqual([
      'the run has 1 thread and the time of 0.5 cores, the CPU quota of its control group',
    ])
    expect(await notes(cores, limitedTo(`${cores * 100_000} 100000`))).toEqual([])
    expect(await notes(cores, limitedTo('max 100000'))).toEqual([])
  })

  it('is named by the doctor, with what to do where it is no whole number of cores', async () => {
    const found = async (env: Record<string, string>) =>
      (await checkDevices({ ...process.env, ...env })).find(({ name }) => name === 'cores')
    expect(await found(limitedTo('50000 100000'))).toMatchObject({
      state: 'warning',
      detail: expect.stringMatching(/^\d+ cores? may be used, for the time of 0.5 cores, the CPU quota/),
      remedy: expect.stringContaining('--cpus'),
    })
    expect(await found(limitedTo(`${cores * 100_000} 100000`))).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('quota'),
    })
    expect(await found(limitedTo('max 100000'))).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/^\d+ cores? may be used$/),
    })
  })
})
