import { join } from 'node:path'

/** What the addon gives; native/addon only converts types, so this is also the face of native/core. */
export interface Addon {
  flock(fd: number, mode: 'shared' | 'exclusive'): boolean
}

let addon: Addon | undefined

/**
 * The addon, loaded on first use, so that commands which need no lock work without it. A missing build
 * becomes a message that one can act on; any other fault of loading is shown as it is.
 */
export function loadAddon(file = join(__dirname, 'build', 'blacksmith.node')): Addon {
  addon ??= load(file)
  return addon
}

function load(file: string): Addon {
  try {
    return require(file) as Addon
  } catch (error) {
    // A library that the addon itself misses is ERR_DLOPEN_FAILED, and is not hidden.
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    throw new NativeBuildMissing(file)
  }
}

/** Thrown when native/ was never built, for instance after `npm ci --ignore-scripts`. */
export class NativeBuildMissing extends Error {
  override readonly name = 'NativeBuildMissing'

  constructor(file: string) {
    super(`${file} is not there. Build it with \`node native/build.cjs\` (npm ci does so too).`)
  }
}
