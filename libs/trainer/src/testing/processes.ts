import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Whether a process runs; one that has ended and that nobody has asked after does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until something holds; fails after so many seconds. */
export async function waitUntil(holds: () => boolean, seconds: number): Promise<void> {
  const began = Date.now()
  while (!holds()) {
    if (Date.now() - began > seconds * 1000)
      throw new Error(`it did not happen within ${seconds} s: ${holds}`)
    await delay(10)
  }
}
