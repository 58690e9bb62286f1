import { accessSync, constants, existsSync, readFileSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Check, fault, ok, warning } from './check'

const name = 'lease directory'

/** The directory is made by the first run; before that its parent must let us make it. */
export function checkLeaseDirectory(directory: string): Check {
  const remedy = `let an administrator run \`install -d -m 1777 ${directory}\`, or set BLACKSMITH_LEASE_DIR to a local directory that all users of this box share`
  const there = statSync(directory, { throwIfNoEntry: false })
  if (there && !there.isDirectory()) return fault(name, `${directory} is not a directory`, remedy)
  const nearest = there ? directory : dirname(directory)
  if (!isWritable(nearest))
    return fault(name, `${nearest} cannot be written by user ${process.getuid?.()}`, remedy)
  if (there && !isShared(there)) {
    return warning(
      name,
      `${directory} has mode ${mode(there)}: other users cannot lease, or can delete leases`,
      remedy,
    )
  }
  if (inContainer() && !isMountPoint(directory)) {
    return warning(
      name,
      `this is a container, and ${directory} is its own: runs outside do not see its leases`,
      `start it with \`-v ${directory}:${directory}\`, and for TT cards with the whole of /dev/tenstorrent`,
    )
  }
  return ok(name, there ? `${directory}, mode ${mode(there)}` : `${directory}, made by the first run`)
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isShared(status: Stats): boolean {
  return (status.mode & 0o1777) === 0o1777
}

function mode(status: Stats): string {
  return (status.mode & 0o7777).toString(8).padStart(4, '0')
}

function inContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv')
}

/** The directory, or one above it short of the root, is mounted from outside. */
function isMountPoint(directory: string): boolean {
  // mountinfo: the fifth field is the mount point.
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4])
  for (let folder = directory; folder !== '/'; folder = dirname(folder)) {
    if (points.includes(folder)) return true
  }
  return false
}
