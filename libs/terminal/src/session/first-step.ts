import { readFileSync } from 'node:fs'
import { setting } from '@blacksmith/config/header'
import type { TrainerEvent } from '@blacksmith/protocol'
import { formatDuration } from '@blacksmith/text'
import { processStart } from '../process-start'

/** The kernel's clock ticks a second in /proc; fixed for user space on Linux (man 5 proc, USER_HZ). */
const ticksPerSecond = 100

/**
 * Splits the time from the command to the first training step into its parts. They are printed once, where
 * BLACKSMITH_TIMING=1 asks for them, since a cache would replay them as if they were true again.
 */
export class FirstStep {
  /** Seconds since the epoch at which each part ended, in order. */
  private readonly marks: [part: string, at: number][] = []
  private printed = false

  constructor(
    private readonly print: (line: string) => void,
    private readonly enabled = setting('BLACKSMITH_TIMING'),
  ) {
    if (enabled)
      this.marks.push(['', commandStart()], ['nx and earlier targets', performance.timeOrigin / 1000])
  }

  /** Notes that a part has ended now. */
  mark(part: string): void {
    if (this.enabled && !this.printed) this.marks.push([part, Date.now() / 1000])
  }

  /** Takes what the trainer reports: its start, the end of its imports, its first step. */
  event({ event }: TrainerEvent): void {
    if (event === 'started') this.mark('start of Python')
    else if (event === 'phase') this.mark('imports')
    else if (event === 'progress' || event === 'metric') this.end()
  }

  private end(): void {
    if (!this.enabled || this.printed) return
    this.mark('data and first step')
    this.printed = true
    const parts = this.marks.slice(1).map(([part, at], index) => {
      const before = this.marks[index]?.[1] ?? at
      return `${part} ${formatDuration(at - before)}`
    })
    const [first, last] = [this.marks[0]?.[1] ?? 0, this.marks.at(-1)?.[1] ?? 0]
    this.print(`first step after ${formatDuration(last - first)}: ${parts.join(', ')}`)
  }
}

/** When the nx process that started this one began, in seconds since the epoch. */
function commandStart(): number {
  const ticks = processStart(process.ppid)
  if (ticks === undefined) return performance.timeOrigin / 1000
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  return Date.now() / 1000 - (uptime - Number(ticks) / ticksPerSecond)
}
