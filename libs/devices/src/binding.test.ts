import { deviceFacts, deviceKinds, deviceVariables } from '@blacksmith/config/header'
import type { CardDevice, Unit } from '@blacksmith/native'
import { bind } from './binding'
import { gpu } from './kinds/gpu'

const address = '0000:C1:00.0'

describe('the binding of a trainer', () => {
  it('to TT cards is by full addresses in lower case, and no GPU is seen', () => {
    expect(bind('tt', [address, '0000:02:00.0'], 1).environment).toMatchObject({
      TT_VISIBLE_DEVICES: '0000:c1:00.0,0000:02:00.0',
      CUDA_VISIBLE_DEVICES: '',
    })
  })

  it('to GPUs is by what identifies them, numbered by their addresses, and no TT card is seen', () => {
    const { environment, unset } = bind('gpu', ['GPU-1', 'MIG-2'], 1)
    expect(environment).toMatchObject({
      CUDA_VISIBLE_DEVICES: 'GPU-1,MIG-2',
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      TT_VISIBLE_DEVICES: '',
    })
    expect(environment).not.toHaveProperty('JAX_PLATFORMS')
    expect(unset).not.toContain('CUDA_DEVICE_ORDER')
  })

  it('of whatever kind leaves no variable by which another tool has chosen devices', () => {
    for (const kind of deviceKinds) {
      const { environment, unset } = bind(kind, ['id'], 1)
      const settled = [...Object.keys(environment), ...unset]
      expect(settled).toEqual(expect.arrayContaining([...deviceVariables]))
      const mine: readonly string[] = deviceFacts[kind].variables
      const set = Object.entries(environment).filter(
        ([name, value]) => deviceVariables.includes(name) && value,
      )
      expect(set.map(([name]) => name).filter((name) => !mine.includes(name))).toEqual([])
    }
  })

  it('to cores shows no card, and every library gets the threads of the placement', () => {
    const { environment } = bind('cpu', ['cpu0'], 3)
    expect(environment).toMatchObject({
      CUDA_VISIBLE_DEVICES: '',
      TT_VISIBLE_DEVICES: '',
      JAX_PLATFORMS: 'cpu',
    })
    const counts = Object.entries(environment).filter(([name]) => /_(NUM_THREADS|NPROC)$/.test(name))
    expect(counts.length).toBeGreaterThan(4)
    expect(counts.every(([, count]) => count === '3')).toBe(true)
  })

  it('takes out the folders of an installation that is gone, and leaves those of one that is there', () => {
    const inherited = { TT_METAL_RUNTIME_ROOT: '/nonesuch/tt-metal', TT_PJRT_PLUGIN_DIR: __dirname }
    const { unset } = bind('tt', [address], 1, inherited)
    expect(unset).toContain('TT_METAL_RUNTIME_ROOT')
    expect(unset).not.toContain('TT_PJRT_PLUGIN_DIR')
  })

  it('to GPUs by number counts whole cards by their addresses, and leaves instances their names', () => {
    const device = (id: string, pciAddress: string, mig = false) =>
      ({ kind: 'gpu', id, pciAddress, mig }) as CardDevice
    const devices = [
      device('GPU-b', '0000:09:00.0'),
      device('MIG-c', '0000:05:00.0', true),
      device('GPU-a', '0000:02:00.0'),
    ]
    const units = devices.map((each): Unit => ({ name: each.id, kind: 'gpu', devices: [each] }))
    expect(gpu.numbers(['GPU-b', 'MIG-c'], units)).toEqual(['1', 'MIG-c'])
  })
})
