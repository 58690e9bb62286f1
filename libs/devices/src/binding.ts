import { existsSync } from 'node:fs'
import type { DeviceKind } from '@blacksmith/config'

/** How a trainer is kept to its devices. */
export interface Binding {
  /** Variables to set. */
  environment: Record<string, string>
  /** Variables that the supervisor takes out: what the caller has set for other stacks or other cards. */
  unset: string[]
}

/** Left over from other tools, each would move threads or cards away from what was leased. */
const misleading = [
  'OMP_PROC_BIND',
  'OMP_PLACES',
  'OMP_THREAD_LIMIT',
  'GOMP_CPU_AFFINITY',
  'KMP_AFFINITY',
  'CUDA_DEVICE_ORDER',
  'TT_METAL_VISIBLE_DEVICES', // The older name of TT_VISIBLE_DEVICES.
  'TT_MESH_ID',
]

/** Folders of an installation: left over from one that is gone, each is an error to the stack. */
const installationFolders = ['TT_METAL_RUNTIME_ROOT', 'TT_PJRT_PLUGIN_DIR']

/**
 * @param ids PCI addresses of TT cards, UUIDs of GPUs; not looked at for `cpu`
 * @param threads the placement's: it shapes the bytes of a result, so it never follows what happens to be free
 * @param inherited the variables that the trainer would have without us
 */
export function bind(
  kind: DeviceKind,
  ids: string[],
  threads: number,
  inherited: NodeJS.ProcessEnv = process.env,
): Binding {
  const environment = { ...threadCounts(threads), ...visibleCards(kind, ids) }
  const stale = installationFolders.filter((name) => inherited[name] && !existsSync(inherited[name]))
  return { environment, unset: [...misleading.filter((name) => !(name in environment)), ...stale] }
}

function threadCounts(threads: number): Record<string, string> {
  const count = String(threads)
  return {
    OMP_NUM_THREADS: count,
    OMP_DYNAMIC: 'FALSE',
    MKL_NUM_THREADS: count,
    MKL_DYNAMIC: 'FALSE',
    OPENBLAS_NUM_THREADS: count,
    NUMEXPR_NUM_THREADS: count,
    RAYON_NUM_THREADS: count, // The tokenizers.
    PJRT_NPROC: count, // XLA's pools, whose size is the number of cores otherwise (xla/pjrt/utils.cc).
  }
}

/** Empty means none, to CUDA and to tt-umd: a run on the CPU never opens a card. */
function visibleCards(kind: DeviceKind, ids: string[]): Record<string, string> {
  return {
    // UUIDs mean the same card in whatever order it is counted; the order is for tools that print numbers.
    CUDA_VISIBLE_DEVICES: kind === 'gpu' ? ids.join(',') : '',
    ...(kind === 'gpu' ? { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' } : {}),
    // Full lower-case addresses: layers of the stack disagree on what an integer counts (tt-xla#5521).
    TT_VISIBLE_DEVICES: kind === 'tt' ? ids.map((id) => id.toLowerCase()).join(',') : '',
    ...(kind === 'cpu' ? { JAX_PLATFORMS: 'cpu' } : {}),
  }
}

/**
 * The numbers that libraries want which cannot read UUIDs (vllm#41848).
 *
 * @param order UUIDs of all whole GPUs of the box in the order of their PCI addresses
 */
export function cudaNumbers(ids: string[], order: string[]): string[] {
  // An instance of a card in MIG mode has none.
  return ids.map((id) => (order.includes(id) ? String(order.indexOf(id)) : id))
}
