import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { supervisorProgram } from '@blacksmith/native'

/** A command under the supervisor, whose whole tree can be found by a variable of its own. */
export interface Supervised {
  process: ChildProcess
  output(): string
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** The inner supervisor, the trainer and all others of the tree that are alive. */
  tree(): TreeProcess[]
}

export interface TreeProcess {
  pid: number
  parent: number
  command: string
}

/** Runs a shell program under the supervisor. */
export function superviseShell(
  script: string,
  o: { options?: string[]; env?: Record<string, string> } = {},
): Supervised {
  const tag = randomUUID()
  const args = [...(o.options ?? []), '--', 'sh', '-c', script]
  const child = spawn(supervisorProgram(), args, {
    env: { ...process.env, ...o.env, SUPERVISED_TREE: tag },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout?.on('data', (data: Buffer) => {
    text += data
  })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    // Not `exit`: what was said last may be read after that.
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  return { process: child, output: () => text, ended, tree: () => processesWith('SUPERVISED_TREE', tag) }
}

/** The trainer's parent. */
export function innerSupervisor(run: Supervised): number {
  const found = run
    .tree()
    .find(({ parent, command }) => parent === run.process.pid && command.startsWith('blacksmith'))
  if (!found) throw new Error('there is no inner supervisor')
  return found.pid
}

/** Kills processes of which some may have ended meanwhile, by themselves or with the one before. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** Living processes that were started with this variable; zombies are not alive. */
export function processesWith(name: string, value: string): TreeProcess[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      if (!environment.includes(`${name}=${value}`)) return []
      const [, command = '', state = '', parent = ''] =
        /^\d+ \((.*)\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}

/** Waits until this holds, for `seconds` at the most, and returns whether it did. */
export async function eventually(holds: () => boolean, seconds = 60): Promise<boolean> {
  const end = Date.now() + seconds * 1000
  while (!holds()) {
    if (Date.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}
