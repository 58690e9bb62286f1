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
  const library = join(box.folder, 'libnvml-standin.so')
  const source = join(native, 'tests/nvml/standin.cpp')
  execFileSync(process.env.CXX || 'g++', [
    '-std=c++20',
    '-shared',
    '-fPIC',
    `-I${native}`,
    source,
    '-o',
    library,
  ])
  env = { ...box.env, BLACKSMITH_NVML: library, BLACKSMITH_DEVICE_ROOT: join(box.folder, 'no-tt') }
})
afterAll(() => box.close())

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

  it('names the strangers when there is no other card to be had in time', async () => {
    const wish = lease(oneGpu, { BLACKSMITH_DEVICE: busyInstance ?? '', BLACKSMITH_WAIT: '0.3' })
    await expect(wish).rejects.toThrow(
      new RegExp(`(^|[; ])${busyInstance} is used without a lease by process 1000 \\(`, 'm'),
    )
  })
})
