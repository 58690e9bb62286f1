import { readFileSync } from 'node:fs'

/**
 * How many processes the kernel has killed for want of memory since it started, those of other people and of
 * containers included; undefined where the kernel does not say.
 *
 * @param vmstat the kernel's counters; `oom_kill` is among them since Linux 4.13
 */
export function memoryKills(vmstat = '/proc/vmstat'): number | undefined {
  try {
    const count = readFileSync(vmstat, 'utf8').match(/^oom_kill (\d+)$/m)?.[1]
    return count === undefined ? undefined : Number(count)
  } catch {
    return undefined
  }
}
