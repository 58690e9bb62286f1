import { join } from 'node:path'
import type { Addon } from './addon'

const buildFolder = join(__dirname, 'build')

let addon: Addon | undefined

/**
 * The addon, loaded on first use, so that commands which need none of it work without it. A missing build
 * becomes a message that one can act on; any other fault of loading is shown as it is.
 */
export function loadAddon(file = join(buildFolder, 'blacksmith.node')): Addon {
  addon ??= load(file)
  return addon
}

/** The program that stands between the executor and the trainer; its options are in supervisor/main.cpp. */
export function supervisorProgram(): string {
  return join(buildFolder, 'blacksmith-supervise')
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
