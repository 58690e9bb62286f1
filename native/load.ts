import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Addon } from './addon'

/** Where a build on this machine is, and the one for machines of its kind that may come with the package. */
const own = join(__dirname, 'build')
const prebuilt = join(__dirname, 'prebuilds', `${process.platform}-${process.arch}`)

let addon: Addon | undefined

/**
 * The addon, loaded on first use, so that commands which need none of it work without it. A missing build
 * becomes a message that one can act on; any other fault of loading is shown as it is.
 */
export function loadAddon(file = join(buildFolder(), 'blacksmith.node')): Addon {
  addon ??= load(file)
  return addon
}

/** The program that stands between the executor and the trainer; its options are in supervisor/options.hpp. */
export function supervisorProgram(): string {
  return join(buildFolder(), 'blacksmith-supervise')
}

/** The same as a library, for a process that is forked and goes on as the trainer: supervisor/library.cpp. */
export function supervisorLibrary(): string {
  return join(buildFolder(), 'libblacksmith-supervise.so')
}

function buildFolder(): string {
  return [own, prebuilt].find((folder) => existsSync(join(folder, 'blacksmith.node'))) ?? own
}

function load(file: string): Addon {
  try {
    return require(file) as Addon
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'MODULE_NOT_FOUND') throw new NativeBuildMissing(`${file} is not there`)
    // What was built elsewhere may miss a library here; of a build of this machine's that is a fault of its own.
    if (dirname(file) === prebuilt) throw new NativeBuildMissing(`${file} does not run here (${message})`)
    throw error
  }
}

/** Thrown when native/ was never built, after `npm ci --ignore-scripts` or on a machine that no build comes for. */
export class NativeBuildMissing extends Error {
  override readonly name = 'NativeBuildMissing'

  constructor(what: string) {
    const build = relative(process.cwd(), join(__dirname, 'build.cjs'))
    super(`${what}. Build it with \`node ${build}\` (in our own repository npm ci does so too).`)
  }
}
