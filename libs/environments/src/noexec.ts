import { readFileSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Where the disk of a folder is mounted, if it is mounted `noexec`: nothing that lies there can be run, and no library
 * be loaded from it.
 *
 * @param folder need not be there yet
 * @param mounts what the kernel says of mounts, in the form of /proc/self/mountinfo
 */
export function noexecMount(folder: string, mounts = readMounts()): string | undefined {
  const real = realOf(folder)
  let nearest = { point: '', options: '' }
  for (const line of mounts.split('\n')) {
    // man 5 proc_pid_mountinfo: the fifth field is the mount point, the sixth its options; a later mount covers an earlier.
    const [, , , , escaped = '', options = ''] = line.split(' ')
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    if (escaped !== '' && holds(point, real) && point.length >= nearest.point.length)
      nearest = { point, options }
  }
  return nearest.options.split(',').includes('noexec') ? nearest.point : undefined
}

function readMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    // Without /proc nothing is known of it.
    return ''
  }
}

/** Of what is not there, where it would be made. */
function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path === dirname(path) ? path : realOf(dirname(path))
  }
}

function holds(point: string, path: string): boolean {
  return point === '/' || path === point || path.startsWith(`${point}/`)
}
