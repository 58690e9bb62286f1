import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** How a child process ended, and what it printed. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  output: string
  errors: string
}

/**
 * Runs one of the TypeScript programs in this folder as a process of its own.
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
  } = {},
): Promise<Ended> {
  const { killAfter, killOn, umask, compiled, ...user } = o
  const file = JSON.stringify(join(__dirname, program))
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

/** Does all the work, two at a time. */
export async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const pending = [...items]
  const worker = async () => {
    for (let item = pending.shift(); item !== undefined; item = pending.shift()) await work(item)
  }
  await Promise.all([worker(), worker()])
}
