import { loadAddon } from './load'

/**
 * Swaps what is at two paths of one file system in one atomic step: neither path is ever missing. Both have
 * to exist.
 *
 * @throws an error with `code`, as Node's own: `EINVAL` where the file system cannot do it, so that the
 * caller may rename one after the other instead (or when one path lies inside the other); `ENOENT`, `EXDEV`,
 * `EACCES` and so on as for a rename
 */
export function exchange(first: string, second: string): void {
  loadAddon().exchange(first, second)
}
