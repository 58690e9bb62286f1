/** What holds of a kind of device on every machine. */
interface Facts {
  /** What people call it otherwise, for hints. */
  aliases: readonly string[]
  /** What the name of a framework's requirements for it ends in: `lightning-cuda.txt`. */
  requirements: string
  /** Variables that follow from the devices of a run: nobody declares them, and a run has none but its own. */
  variables: readonly string[]
  /** Whether several of them are always driven from one process: there is no way to give each its own. */
  oneProcess: boolean
}

/** How a machine shows and binds them is in libs/devices/src/kinds. */
export const deviceFacts = {
  cpu: {
    aliases: ['host'],
    requirements: '',
    variables: ['JAX_PLATFORMS', 'OMP_PROC_BIND', 'OMP_PLACES', 'GOMP_CPU_AFFINITY', 'KMP_AFFINITY'],
    oneProcess: false,
  },
  gpu: {
    aliases: ['cuda', 'nvidia'],
    requirements: '-cuda',
    variables: ['CUDA_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER'],
    oneProcess: false,
  },
  tt: {
    aliases: ['tenstorrent', 'wormhole', 'blackhole'],
    requirements: '-tt',
    // The second is the older name of the first.
    variables: ['TT_VISIBLE_DEVICES', 'TT_METAL_VISIBLE_DEVICES', 'TT_MESH_ID'],
    oneProcess: true,
  },
} satisfies Record<string, Facts>

export type DeviceKind = keyof typeof deviceFacts

export const deviceKinds = Object.keys(deviceFacts) as DeviceKind[]

/** The variables of all kinds. */
export const deviceVariables: readonly string[] = deviceKinds.flatMap((kind) => deviceFacts[kind].variables)

/** The kind that a word means, whichever of its names it is. */
export function kindNamed(word: string): DeviceKind | undefined {
  const name = word.toLowerCase()
  const facts: Readonly<Record<DeviceKind, Facts>> = deviceFacts
  return deviceKinds.find((kind) => kind === name || facts[kind].aliases.includes(name))
}
