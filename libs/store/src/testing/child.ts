import { spawn } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** How a child process ended, and what it printed. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  output: string
  errors: string
}

/**
 * Runs one of the TypeScript programs in this folder, or one elsewhere by its path, as a process of its own.
 *
 * @param o.compiled a folder for the compiled programs, where the workspace's own cannot be written to
 */
export function runChild(
  program: string,
  order: object,
  o: {
    uid?: number
    gid?: number
    killAfter?: number
    umask?: number
    compiled?: string
    killOn?: AbortSignal
    env?: NodeJS.ProcessEnv
  } = {},
): Promise<Ended> {
  const { killAfter, killOn, umask, compiled, ...user } = o
  const file = JSON.stringify(resolve(__dirname, program))
  const load = `require('jiti').createJiti(${file}, ${JSON.stringify({ fsCache: compiled ?? true })})(${file})`
  const code = umask === undefined ? load : `process.umask(${umask}); ${load}`
  const child = spawn(process.execPath, ['-e', code, JSON.stringify(order)], { cwd: __dirname, ...user })
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
  killOn?.addEventListener('abort', () => child.kill('SIGKILL'))
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, output, errors })
    })
  })
}

/** A user's folder of compiled programs below `folder`, filled with what another user has compiled there. */
export function compiledFor(folder: string, { uid, gid }: { uid: number; gid: number }): string {
  const own = join(folder, `${uid}`)
  if (existsSync(own)) return own
  const [others] = readdirSync(folder)
  if (others) cpSync(join(folder, others), own, { recursive: true })
  else mkdirSync(own)
  for (const path of ['.', ...readdirSync(own)]) chownSync(join(own, path), uid, gid)
  return own
}

/** Does all the work, two at a time. */
export async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const pending = [...items]
  const worker = async () => {
    for (let item = pending.shift(); item !== undefined; item = pending.shift()) await work(item)
  }
  await Promise.all([worker(), worker()])
}
