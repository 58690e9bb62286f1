import { readFileSync } from 'node:fs'

/**
 * When a process began, in ticks of the kernel's clock since the boot: field 22 of /proc/<pid>/stat. Undefined where
 * the process, or /proc, is not there.
 */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name may hold spaces and brackets; what follows its last bracket does not.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
