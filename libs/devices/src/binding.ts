import { existsSync } from 'node:fs'
import { type DeviceKind, deviceKinds, deviceVariables } from '@blacksmith/config/header'
import { kinds } from './kinds/kinds'

/** How a trainer is kept to its devices. */
export interface Binding {
  /** Variables to set. */
  environment: Record<string, string>
  /** Variables that the supervisor takes out: what the caller has set for other stacks or other cards. */
  unset: string[]
}

/**
 * @param ids PCI addresses of TT cards, UUIDs or numbers of GPUs; not looked at for `cpu`
 * @param threads the placement's: it shapes the bytes of a result, so it never follows what happens to be free
 * @param inherited the variables that the trainer would have without us
 */
export function bind(
  kind: DeviceKind,
  ids: readonly string[],
  threads: number,
  inherited: NodeJS.ProcessEnv = process.env,
): Binding {
  const others = deviceKinds.filter((other) => other !== kind).map((other) => kinds[other].hidden)
  const environment: Record<string, string> = Object.assign(
    threadCounts(threads),
    ...others,
    kinds[kind].shown(ids),
  )
  const folders = deviceKinds.flatMap((each) => kinds[each].folders)
  const stale = folders.filter((name) => inherited[name] && !existsSync(inherited[name]))
  // Left over from other tools, each would move threads or cards away from what was leased.
  const misleading = [...deviceVariables, 'OMP_THREAD_LIMIT'].filter((name) => !(name in environment))
  return { environment, unset: [...misleading, ...stale] }
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
