import { EventEmitter } from 'node:events'
import type { TrainerEvent } from '@blacksmith/protocol'
import type { Target } from '@blacksmith/store'
import { createProgress, FirstStep, reportError } from '@blacksmith/terminal'
import { execute } from './execute'

/** A process that executes one target of a tiny workspace; tests run it as other users. */
interface Order {
  workspaceRoot: string
  target: Target
  set: string[]
  env: Record<string, string>
  /** Asks for a stop once this step has been reported. */
  stopAt?: number
}

async function main({ workspaceRoot, target, set, env, stopAt }: Order): Promise<void> {
  Object.assign(process.env, env)
  const stop = new AbortController()
  const progress = createProgress({ stream: process.stdout, label: 'plain-tiny' })
  const display = {
    ...progress,
    event: (event: TrainerEvent) => {
      if (event.event === 'metric' && stopAt !== undefined && Number(event.step) >= stopAt) stop.abort()
    },
  }
  await execute(
    { workspaceRoot, directory: 'experiments/plain/tiny', target, configuration: 'default', flags: { set } },
    {
      signal: stop.signal,
      furtherInterrupts: new EventEmitter(),
      display,
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
