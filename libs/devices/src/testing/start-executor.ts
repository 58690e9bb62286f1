import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Placement } from '@blacksmith/config'

/** A line that testing/executor.ts has printed. */
export interface ExecutorEvent {
  event: string
  time: number
  [fact: string]: unknown
}

/** testing/executor.ts in a process of its own. */
export interface RunningExecutor {
  process: ChildProcess
  events: ExecutorEvent[]
  /** All else that it and its command have written to stdout. */
  output: string[]
  /** Waits until it has printed this; fails when it ends without. */
  untilPrinted(event: string): Promise<ExecutorEvent>
  ended: Promise<void>
}

const jiti = join(require.resolve('jiti/package.json'), '..', 'lib', 'jiti-cli.mjs')
const program = join(__dirname, 'executor.ts')

export function startExecutor(
  placement: Placement,
  command: string[],
  o: { env?: Record<string, string>; target?: string; prefix?: string[] } = {},
): RunningExecutor {
  const order = JSON.stringify({ placement, target: o.target })
  const [file = '', ...args] = [...(o.prefix ?? []), process.execPath, jiti, program, order, ...command]
  const child = spawn(file, args, { env: { ...process.env, ...o.env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const events: ExecutorEvent[] = []
  const output: string[] = []
  let checks: (() => void)[] = []
  const changed = () => {
    for (const check of [...checks]) check()
  }

  let rest = ''
  child.stdout?.on('data', (data: Buffer) => {
    const lines = `${rest}${data}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('{"event"')) events.push(JSON.parse(line))
      else output.push(line)
    }
    changed()
  })
  let over = false
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      over = true
      changed()
      resolve()
    }),
  )

  const untilPrinted = (event: string) =>
    new Promise<ExecutorEvent>((resolve, reject) => {
      const check = () => {
        const found = events.find((candidate) => candidate.event === event)
        if (!found && !over) return
        checks = checks.filter((other) => other !== check)
        if (found) resolve(found)
        else
          reject(new Error(`ended without printing ${event}: ${JSON.stringify(events)} ${output.join('\n')}`))
      }
      checks.push(check)
      check()
    })
  return { process: child, events, output, untilPrinted, ended }
}
