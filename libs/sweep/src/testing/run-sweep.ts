import { EventEmitter } from 'node:events'
import { readHeader, readSweep } from '@blacksmith/config'
import { createProgress, FirstStep, reportError } from '@blacksmith/terminal'
import { runSweep } from '../run-sweep'

/** A process that runs a sweep of a tiny workspace; tests kill it. */
interface Order {
  workspaceRoot: string
  directory: string
  name: string
  set: string[]
  /** Trains all anew. */
  fresh: boolean
  env: NodeJS.ProcessEnv
}

async function main({ workspaceRoot, directory, name, set, fresh, env }: Order): Promise<void> {
  Object.assign(process.env, env)
  const sweep = readSweep(workspaceRoot, readHeader(workspaceRoot, `${directory}/experiment.yaml`), name)
  const { trials, reused } = await runSweep(
    {
      sweep,
      request: { workspaceRoot, directory, target: 'train', configuration: 'default', flags: { set } },
    },
    {
      signal: new AbortController().signal,
      furtherInterrupts: new EventEmitter(),
      display: createProgress({ stream: process.stdout, label: 'plain-tiny' }),
      fresh,
      firstStep: new FirstStep(() => undefined),
      close: () => undefined,
    },
  )
  console.log(JSON.stringify({ trials, reused }))
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  reportError(error)
  process.exitCode = 1
})
