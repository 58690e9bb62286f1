import fs from 'node:fs'
import promises from 'node:fs/promises'

/** The calls that change a file system, by the objects that they are called on. */
const onModule = [
  'mkdir',
  'rename',
  'rm',
  'chmod',
  'copyFile',
  'writeFile',
  'utimes',
  'unlink',
  'link',
] as const
const synchronous = ['chmodSync', 'copyFileSync', 'renameSync', 'rmSync'] as const
const onHandle = ['writeFile', 'writev', 'chmod', 'sync', 'truncate'] as const

type Call = (this: unknown, ...args: unknown[]) => unknown

/**
 * Makes this process die by SIGKILL at its `at`-th call that changes a file system, before the call does
 * anything; with `torn`, after a write of half its content. The calls go through the objects that are changed
 * here, so the program itself needs no hook.
 *
 * @returns the names of the calls so far
 */
export async function diesAt(at: number, torn: boolean): Promise<string[]> {
  const calls: string[] = []
  const wrap = (owner: object, name: string) => {
    const members = owner as Record<string, Call>
    const original = members[name] as Call
    members[name] = function (...args) {
      calls.push(name)
      if (calls.length !== at) return original.apply(this, args)
      if (torn && name === 'writeFile') tear(this as promises.FileHandle, args)
      process.kill(process.pid, 'SIGKILL')
      return undefined
    }
  }
  const handle = await promises.open(__filename)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  for (const name of onModule) wrap(promises, name)
  for (const name of synchronous) wrap(fs, name)
  for (const name of onHandle) wrap(prototype, name)
  return calls
}

/** Writes half of what was to be written: to a handle, or to a file by its path. */
function tear(handle: promises.FileHandle, args: unknown[]): void {
  const text = String(typeof handle?.fd === 'number' ? args[0] : args[1])
  const half = text.slice(0, text.length / 2)
  if (typeof handle?.fd === 'number') fs.writeSync(handle.fd, half)
  else fs.writeFileSync(String(args[0]), half)
}
