import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { Placement } from '@blacksmith/config'
import { leaseDevices, listDevices } from './index'
import { LeaseBox } from './testing/lease-box'

const oneGpu: Placement = { kind: 'gpu', count: 1, threads: 1 }
const native = resolve(__dirname, '../../../native')
/** The second card of the stand-in is in MIG mode; of its two instances the second has a process on it. */
const [whole, freeInstance, busyInstance] = ['GPU-11111111-aaaa', 'MIG-33333333-cccc', 'MIG-44444444-dddd']

let box: LeaseBox
let env: Record<string, string>
beforeAll(() => {
  box = new LeaseBox()
  env = { ...box.env, BLACKSMITH_NVML: standIn(), BLACKSMITH_DEVICE_ROOT: join(box.folder, 'no-tt') }
})
afterAll(() => box.close())

/** A library that plays NVML. */
function standIn(...options: string[]): string {
  const library = join(box.folder, `libnvml-standin${options.join('')}.so`)
  const source = join(native, 'tests/nvml/standin.cpp')
  const asLibrary = ['-std=c++20', '-shared', '-fPIC', `-I${native}`, source, '-o', library]
  execFileSync(process.env.CXX || 'g++', [...asLibrary, ...options])
  return library
}

const lease = (placement: Placement, more: Record<string, string> = {}) =>
  leaseDevices(placement, { project: 'p', target: 'train', env: { ...env, ...more } })

describe('a lease of GPUs, against a stand-in for NVML', () => {
  it('chooses among whole cards and instances, and passes over those that strangers use', async () => {
    const held = await lease(oneGpu)
    expect(held.ids).toEqual([freeInstance])
    expect(held.environment).toMatchObject({
      CUDA_VISIBLE_DEVICES: freeInstance,
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    })
    expect(held.fds).toHaveLength(2)
    const listed = await listDevices(env)
    expect(listed.filter(({ kind }) => kind === 'gpu').map(({ id, state }) => [id, state])).toEqual([
      [whole, 'busy'],
      [freeInstance, 'held'],
      [busyInstance, 'busy'],
    ])
    await held.release()
  })

  it('is named to libraries by number where BLACKSMITH_GPU_IDS says so, and to people by its id', async () => {
    const idle = { BLACKSMITH_NVML: standIn('-DPROCESSES_ON_FIRST=0'), BLACKSMITH_DEVICE: whole ?? '' }
    const held = await lease(oneGpu, { ...idle, BLACKSMITH_GPU_IDS: 'index' })
    expect(held.ids).toEqual([whole])
    expect(held.environment.CUDA_VISIBLE_DEVICES).toBe('0')
    await held.release()
    const named = await lease(oneGpu, idle)
    expect(named.environment.CUDA_VISIBLE_DEVICES).toBe(whole)
    await named.release()
  })

  it('names the strangers when there is no other card to be had in time', async () => {
    const waiting = lease(oneGpu, { BLACKSMITH_DEVICE: busyInstance ?? '', BLACKSMITH_WAIT: '0.3' })
    await expect(waiting).rejects.toThrow(
      new RegExp(`(^|[; ])${busyInstance} is used without a lease by process 1000 \\(`, 'm'),
    )
  })
})
