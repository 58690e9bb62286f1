import { loadAddon } from '@blacksmith/native'
import { checkCores } from '../checks/cores'
import type { Kind } from './kind'

/** Cores: every machine has them, and a run on cards is given some, too. */
export const cpu: Kind = {
  isPresent: () => true,
  opens: () => false,
  shown: () => ({ JAX_PLATFORMS: 'cpu' }),
  hidden: {},
  folders: [],
  numbers: (ids) => [...ids],
  checks: (_inventory, roots) => [checkCores(loadAddon().usableCores().length, loadAddon().cpuQuota(roots))],
}
