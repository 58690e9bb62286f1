import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { supervisorLibrary } from '@blacksmith/native'
import { readLines } from '@blacksmith/text'
import type { ProcessEnd } from './outcome'
import { killGroup, processVariables, type RunningTrainer } from './start-trainer'
import type { TrainerOptions } from './trainer-options'

/** In bytes, of a UNIX socket on Linux (sun_path, with its end). */
const longestSocketPath = 108

/** What a process that trainers are forked from says (training/warm.py). */
interface Answer {
  /** The pid of a trainer's supervisor. */
  started?: number
  /** A trainer's exit status; negative: the number of the signal that ended it. */
  code?: number
  /** Why none can be forked any more. */
  unfit?: string
}

/** How the process itself is started. It is supervised as a trainer is, by the same lease, but not enclosed. */
export type WarmOptions = Pick<
  TrainerOptions,
  'environment' | 'pythonPath' | 'cwd' | 'env' | 'command' | 'inheritFds'
>

/**
 * A process from which trainers are forked, one at a time: they do not wait for what is imported already, and have the
 * bytes of trainers that are started anew. What can be forked from it has the same Python, code and devices.
 *
 * Must be used on the main thread, as a trainer is.
 */
export class WarmTrainer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'blacksmith-'))
  readonly #answers: ((answer: Answer | undefined) => void)[] = []
  #process: ChildProcess | undefined
  #server: Server | undefined
  #orders: Socket | undefined
  #ended: Promise<undefined> | undefined
  #unfit: string | undefined

  constructor(readonly o: WarmOptions) {}

  /** Whether a trainer with these options may be forked from this process. */
  fits(o: WarmOptions): boolean {
    return this.#unfit === undefined && isDeepStrictEqual(startOf(o), startOf(this.o))
  }

  /**
   * Forks a trainer.
   *
   * @returns undefined where it has to be started anew
   */
  async start(requestFile: string, o: TrainerOptions): Promise<RunningTrainer | undefined> {
    if (!this.fits(o) || !canBeReached(this.#folder)) return undefined
    const orders = await this.#connected()
    if (!orders) return undefined
    const socket = join(this.#folder, 'streams')
    const streams = acceptFour(socket)
    try {
      await streams.listening
      const started = await this.#ask(orders, {
        request: requestFile,
        cwd: o.cwd,
        supervisor: this.#supervisorOptions(o.command ?? []),
        streams: socket,
      })
      if (started?.started === undefined) {
        this.#unfit = started?.unfit ?? 'it has ended'
        return undefined
      }
      const end = this.#next()
      const accepted = await Promise.race([streams.accepted, end.then(() => undefined)])
      return accepted && running(started.started, accepted, end)
    } finally {
      streams.close()
    }
  }

  /** Ends the process, and waits for that; a trainer that was forked from it ends first, in its own time. */
  async close(): Promise<void> {
    this.#unfit ??= 'it has ended'
    this.#orders?.destroy()
    this.#server?.close()
    this.#process?.kill('SIGTERM')
    await this.#ended
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #connected(): Promise<Socket | undefined> {
    if (this.#orders || this.#process) return this.#orders
    const path = join(this.#folder, 'orders')
    const server = createServer()
    this.#server = server
    const connected = once(server, 'connection') as Promise<[Socket]>
    server.listen(path)
    await once(server, 'listening')
    const { environment, command = [], cwd, env, inheritFds = [], pythonPath } = this.o
    const [program = '', ...args] = [
      ...command,
      ...[environment.python, '-P', '-m', 'blacksmith.training', '--warm', supervisorLibrary(), path],
    ]
    const child = spawn(program, args, {
      cwd,
      env: processVariables({ environment, env, pythonPath }),
      detached: true,
      // What is inherited has the same numbers as in a trainer.
      stdio: ['ignore', 'ignore', 'ignore', 'ignore', 'ignore', ...inheritFds],
    })
    this.#process = child
    const ended = new Promise<undefined>((resolve) => {
      child.once('error', () => resolve(undefined))
      child.once('exit', () => resolve(undefined))
    })
    this.#ended = ended
    const [orders] = (await Promise.race([connected, ended])) ?? []
    if (!orders) return undefined
    this.#orders = orders
    orders.on('error', () => orders.destroy())
    const answered = readLines(orders, (line) => this.#answers.shift()?.(JSON.parse(line) as Answer))
    void Promise.race([answered, ended]).then(() => {
      this.#unfit ??= 'it has ended'
      for (const answer of this.#answers.splice(0)) answer(undefined)
    })
    return orders
  }

  #ask(orders: Socket, order: object): Promise<Answer | undefined> {
    const answer = this.#next()
    orders.write(`${JSON.stringify(order)}\n`)
    return answer
  }

  #next(): Promise<Answer | undefined> {
    return new Promise((resolve) => this.#answers.push(resolve))
  }

  /** Its supervisor is a child of the process that it is forked from, and ends with that. */
  #supervisorOptions(command: readonly string[]): string[] {
    const options = command.slice(1, command.lastIndexOf('--'))
    const parent = options.indexOf('--parent')
    return parent < 0 ? options : options.toSpliced(parent, 2)
  }
}

/** What stays as it was when it was started: variables too, since libraries read them as they are imported. */
function startOf({ environment, pythonPath, cwd, env }: WarmOptions): object {
  return { environment, pythonPath, cwd, env }
}

function running(pid: number, streams: Socket[], end: Promise<Answer | undefined>): RunningTrainer {
  const [stdout, stderr, events] = streams
  if (!stdout || !stderr || !events) throw new Error('a trainer has connected too few streams')
  let over = false
  const ended = end.then((answer): ProcessEnd => {
    over = true
    return endOf(answer?.code)
  })
  return {
    stdout,
    stderr,
    events,
    ended,
    kill: (signal) => {
      if (!over) signalled(pid, signal)
    },
    killGroup: () => killGroup(pid),
    close: () => {
      for (const stream of streams) stream.destroy()
    },
  }
}

/** Whether there is what forks a trainer, and its sockets' paths are no longer than the kernel takes. */
function canBeReached(folder: string): boolean {
  return existsSync(supervisorLibrary()) && Buffer.byteLength(join(folder, 'streams')) < longestSocketPath
}

function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has ended, and the word of it is on its way.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function endOf(code: number | undefined): ProcessEnd {
  if (code === undefined) return { code: null, signal: 'SIGKILL' }
  if (code >= 0) return { code, signal: null }
  const named = Object.entries(constants.signals).find(([, number]) => number === -code)
  return { code: null, signal: (named?.[0] ?? 'SIGKILL') as NodeJS.Signals }
}

/** Takes what a trainer connects: stdout, stderr, events and control, in this order. */
function acceptFour(path: string): {
  listening: Promise<unknown>
  accepted: Promise<Socket[]>
  close(): void
} {
  const streams: Socket[] = []
  const server = createServer()
  const accepted = new Promise<Socket[]>((resolve) => {
    server.on('connection', (stream) => {
      stream.on('error', () => stream.destroy())
      if (streams.push(stream) === 4) resolve(streams)
    })
  })
  server.listen(path)
  return { listening: once(server, 'listening'), accepted, close: () => void server.close() }
}
