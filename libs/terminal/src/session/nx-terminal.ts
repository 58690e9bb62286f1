import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import { isatty, WriteStream } from 'node:tty'

/** A reader that is slow, or a terminal that is held by Ctrl-S, must not hold us as well. */
const opening = constants.O_WRONLY | constants.O_APPEND | constants.O_NOCTTY | constants.O_NONBLOCK

/**
 * Makes Ctrl-C reach nx itself. Nx reads its terminal raw and hands the keys to its tasks, but the reader of a task that
 * has ended takes its share of them, and nothing comes of those. It sets this anew for each task, so each task calls
 * this. Nx puts the terminal back as it was.
 */
export function listenForInterrupts(env: NodeJS.ProcessEnv = process.env): void {
  const nx = nxProcess(env)
  if (nx === undefined || !process.stdout.isTTY) return
  // Where there is no such terminal the keys are as they were. In a session of its own stty never waits for a foreground.
  spawnSync('setsid', ['stty', '-F', `/proc/${nx}/fd/0`, 'isig'], { stdio: 'ignore' })
}

/**
 * Says something where nx writes its errors: past nx itself, which after a Ctrl-C prints nothing that its tasks say, and
 * keeps whatever they say for its cache.
 *
 * @returns false where that is closed to us, such as a socket, takes nothing now, or is a file that nx would write over
 */
export function writePastNx(text: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const nx = nxProcess(env)
  if (nx === undefined) return false
  let descriptor: number | undefined
  try {
    descriptor = openSync(`/proc/${nx}/fd/2`, opening)
    if (fstatSync(descriptor).isFile() && !appends(nx, 2)) return false
    writeSync(descriptor, text)
    return true
  } catch {
    return false
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** Whether a process writes at the end of this file of its own, and not at the place where it was the last time. */
function appends(pid: string, descriptor: number): boolean {
  const [, flags = '0'] =
    /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8')) ?? []
  return (Number.parseInt(flags, 8) & constants.O_APPEND) !== 0
}

/** The columns of the window that nx is shown in: that of its tasks keeps the size that it began with. */
export function windowColumns(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const nx = nxProcess(env)
  if (nx === undefined) return undefined
  let descriptor: number | undefined
  try {
    descriptor = openSync(`/proc/${nx}/fd/1`, opening)
    if (!isatty(descriptor)) return undefined
    const window = new WriteStream(descriptor)
    descriptor = undefined
    const { columns } = window
    window.destroy()
    return columns
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** The nx that the person has started; the variables are those of Nx 23 and 24. */
function nxProcess(env: NodeJS.ProcessEnv): string | undefined {
  const pid = env.NX_INVOCATION_ROOT_PID ?? env.NX_INVOCATION_ANCESTOR_PIDS?.split(',')[0]
  return pid !== undefined && /^\d+$/.test(pid) ? pid : undefined
}
