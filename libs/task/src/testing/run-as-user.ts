import { EventEmitter } from 'node:events'
import { createProgress } from '@blacksmith/report'
import type { Target } from '@blacksmith/store'
import { execute } from '../execute'
import { FirstStep } from '../first-step'
import { reportError } from '../session'

/** A process that executes one target of a tiny workspace; tests run it as other users. */
interface Order {
  workspaceRoot: string
  target: Target
  set: string[]
  env: Record<string, string>
  /** Asks for a stop once this step has been told. */
  stopAt?: number
}

async function main({ workspaceRoot, target, set, env, stopAt }: Order): Promise<void> {
  Object.assign(process.env, env)
  const stop = new AbortController()
  const progress = createProgress({ stream: process.stdout, label: 'plain-tiny' })
  const display = {
    note: (line: string) => progress.note(line),
    event: ({ event, step }: { event: string; step?: number }) => {
      if (event === 'metric' && stopAt !== undefined && (step ?? 0) >= stopAt) stop.abort()
    },
    end: () => progress.end(),
  }
  await execute(
    { workspaceRoot, directory: 'experiments/plain/tiny', target, configuration: 'default', flags: { set } },
    {
      signal: stop.signal,
      impatience: new EventEmitter(),
      display: display as typeof progress,
      fresh: false,
      firstStep: new FirstStep(() => undefined),
      close: () => undefined,
    },
  )
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  reportError(error)
  process.exitCode = 1
})
