import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Environment } from '../environment/environment'
import { isEvent, parseEvent, type TrainerEvent } from '../events/events'
import { readLines } from '../events/lines'
import { type Evidence, outcomeOf, type ProcessEnd, type TrainerOutcome } from './outcome'
import { pythonVariables } from './python-variables'
import type { TrainerRequest } from './request'
import { redactor } from './secrets'

const eventsDescriptor = 3
const controlDescriptor = 4
/** How many of a process's last lines are shown when it dies without a word. */
const lastLineCount = 20

/** How a trainer is started, and who listens to it. */
export interface TrainerOptions {
  environment: Environment
  /** Folders that Python imports from besides the environment. */
  pythonPath: string[]
  cwd: string
  /** Variables that bind the process to its device. */
  env: Record<string, string>
  /** What goes before the Python command: the supervisor with its options. */
  command?: string[]
  /** Descriptors that the process inherits, from number 5 on. */
  inheritFds?: number[]
  /** Aborted: the trainer is asked to write a checkpoint and end. */
  signal: AbortSignal
  onEvent: (event: TrainerEvent) => void
  /** Whole lines of what the trainer prints. */
  onOutput: (line: string) => void
}

/**
 * Runs one trainer from its request to its end. Its stdout and stderr are also written to `log.txt` among the
 * records; the request stays in the working folder, so that it can be run again by hand.
 */
export async function runTrainer(request: TrainerRequest, o: TrainerOptions): Promise<TrainerOutcome> {
  await mkdir(request.work, { recursive: true })
  await mkdir(request.records, { recursive: true })
  const requestFile = requestPath(request.work)
  await writeFile(requestFile, `${JSON.stringify(request, null, 2)}\n`)
  const child = start(requestFile, o)
  const evidence: Evidence = { verdict: undefined, started: false, stopped: false, lastLines: [] }
  const stopWatching = watch(child, evidence, o.signal)
  try {
    const end = ended(child)
    const heard = listen(child, request, evidence, o)
    const how = await end
    await heard
    return outcomeOf(how, evidence)
  } finally {
    stopWatching()
  }
}

/** Where the request of the last run in a working folder stands. */
export function requestPath(work: string): string {
  return join(work, 'request.json')
}

function start(requestFile: string, o: TrainerOptions): ChildProcess {
  const [program = '', ...args] = [
    ...(o.command ?? []),
    o.environment.python,
    '-m',
    'blacksmith.training',
    requestFile,
  ]
  return spawn(program, args, {
    cwd: o.cwd,
    env: {
      ...pythonVariables(process.env, o.pythonPath),
      ...o.env,
      BLACKSMITH_EVENTS_FD: String(eventsDescriptor),
      BLACKSMITH_CONTROL_FD: String(controlDescriptor),
    },
    // Nothing is ever written to the control pipe: it closes when this process is gone, and so says it.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', ...(o.inheritFds ?? [])],
  })
}

async function ended(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** Follows the three streams to their ends. */
async function listen(
  child: ChildProcess,
  request: TrainerRequest,
  evidence: Evidence,
  o: TrainerOptions,
): Promise<void> {
  const log = createWriteStream(join(request.records, 'log.txt'), { flags: 'a' })
  const redact = redactor(process.env)
  const output = (line: string) => {
    const clean = redact(line)
    log.write(`${clean}\n`)
    evidence.lastLines = [...evidence.lastLines, clean].slice(-lastLineCount)
    o.onOutput(clean)
  }
  const event = (line: string) => {
    const told = parseEvent(redact(line))
    if (!told) return output(`not an event: ${line.slice(0, 200)}`)
    evidence.started ||= isEvent(told, 'started')
    if (isEvent(told, 'finished') || isEvent(told, 'failed')) evidence.verdict = told
    o.onEvent(told)
  }
  const [, stdout, stderr, events] = child.stdio as unknown as (Readable | null)[]
  const streams: [Readable | null | undefined, (line: string) => void][] = [
    [stdout, output],
    [stderr, output],
    [events, event],
  ]
  await Promise.all(streams.map(([stream, onLine]) => (stream ? readLines(stream, onLine) : undefined)))
  log.end()
  await finished(log)
}

/** Passes a stop on, and ends a trainer that does not say within a long time that it has started. */
function watch(child: ChildProcess, evidence: Evidence, signal: AbortSignal): () => void {
  const timers: NodeJS.Timeout[] = []
  const stop = () => {
    evidence.stopped = true
    child.kill('SIGTERM')
    timers.push(setTimeout(() => child.kill('SIGKILL'), seconds('BLACKSMITH_STOP_SECONDS', 60) * 1000))
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  timers.push(
    setTimeout(() => {
      if (evidence.started) return
      evidence.lastLines.push(
        'the trainer did not start in time; BLACKSMITH_START_SECONDS sets how long that may take',
      )
      child.kill('SIGKILL')
    }, seconds('BLACKSMITH_START_SECONDS', 600) * 1000),
  )
  return () => {
    signal.removeEventListener('abort', stop)
    for (const timer of timers) clearTimeout(timer)
  }
}

function seconds(variable: string, fallback: number): number {
  const value = Number(process.env[variable])
  return Number.isFinite(value) && value > 0 ? value : fallback
}
