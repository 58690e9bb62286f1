import { bind, cudaNumbers } from './binding'

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
    expect(cudaNumbers(['GPU-b', 'MIG-c'], ['GPU-a', 'GPU-b'])).toEqual(['1', 'MIG-c'])
  })
})
