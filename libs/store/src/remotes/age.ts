const day = 24 * 3600 * 1000

/**
 * Whether something was written so many days ago, by the clock of a server, which may be ahead of ours or count whole
 * seconds: 0 days is whatever is there.
 *
 * @param written ms since the epoch
 */
export function isOlder(written: number, days: number, now: number = Date.now()): boolean {
  return days === 0 || now - written > days * day
}
