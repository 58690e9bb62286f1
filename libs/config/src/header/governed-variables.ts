import { isSecretName } from '@blacksmith/secrets'
import { deviceVariables } from './device-kinds'

/** Why an environment variable cannot be declared, and what to do instead. */
export interface Governed {
  /** Completes the variable's name. */
  message: string
  remedy: string
}

const threads = {
  message: 'follows from the number of threads',
  remedy: 'remove it; set threads here, or --threads',
}
const devices = {
  message: 'follows from the device of a run',
  remedy: 'remove it; choose a device with --device',
}
const folders = { message: "is an empty folder of the run's own", remedy: 'remove it' }
const python = {
  message: 'is set for each run: the interpreter and what it imports are those of the key',
  remedy: "remove it; import from the recipe's folder or from a Python package of the workspace",
}

const byName: Readonly<Record<string, Governed>> = {
  ...each(['HOME', 'TMPDIR'], folders),
  VIRTUAL_ENV: python,
  ...each(['OMP_NUM_THREADS', 'OMP_DYNAMIC', 'OMP_THREAD_LIMIT', 'MKL_NUM_THREADS', 'MKL_DYNAMIC'], threads),
  ...each(['OPENBLAS_NUM_THREADS', 'NUMEXPR_NUM_THREADS', 'RAYON_NUM_THREADS'], threads),
  ...each(['PJRT_NPROC', 'NPROC'], threads),
  ...each(deviceVariables, devices),
  JAX_ENABLE_X64: {
    message: 'is 0 in each run',
    remedy: 'remove it; jax.config.update in the recipe is in the key with its code',
  },
}

/** Why no experiment may declare this variable; undefined where it may. */
export function governed(name: string): Governed | undefined {
  if (name.startsWith('BLACKSMITH_')) {
    return { message: 'speaks to the build system, and shapes no result', remedy: 'remove it' }
  }
  if (/^PYTHON[A-Z0-9]+$/.test(name)) return python
  if (Object.hasOwn(byName, name)) return byName[name]
  if (!isSecretName(name)) return undefined
  return {
    message: 'is a secret: it must not shape a result, and keys are written down',
    remedy: 'remove it; declare what chooses the result instead, a revision for example',
  }
}

function each(names: readonly string[], why: Governed): Record<string, Governed> {
  return Object.fromEntries(names.map((name) => [name, why]))
}
