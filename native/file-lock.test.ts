import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flock, lock, tryLock } from './index'

const holderProgram = `
  const { tryLock } = require(process.argv[1]).createJiti(process.argv[2])(process.argv[2])
  const held = tryLock(process.argv[3], process.argv[4])
  process.stdout.write(held ? 'held' : 'refused')
  process.stdin.resume().on('end', () => process.exit())
`

let folder: string
let file: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'))
  file = join(folder, 'the.lock')
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

/** Another process that tries to take the lock, and keeps it until it is ended. */
function otherProcess(mode: string): Promise<{ answer: string; child: ChildProcess }> {
  const args = ['-e', holderProgram, require.resolve('jiti'), join(__dirname, 'index.ts'), file, mode]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  return new Promise((resolve) =>
    child.stdout?.once('data', (data) => resolve({ answer: String(data), child })),
  )
}

describe('a file lock', () => {
  it('excludes another process for as long as it is held', async () => {
    const held = tryLock(file, 'exclusive')
    expect((await otherProcess('exclusive')).answer).toBe('refused')
    held?.close()
    expect((await otherProcess('exclusive')).answer).toBe('held')
    expect(tryLock(file, 'exclusive')).toBeUndefined()
  })

  it('is shared by readers and refused to a writer among them', async () => {
    const held = tryLock(file, 'shared')
    expect((await otherProcess('shared')).answer).toBe('held')
    expect((await otherProcess('exclusive')).answer).toBe('refused')
    held?.close()
  })

  it('is free as soon as its holder is killed, and the waiter gets it', async () => {
    const { child } = await otherProcess('exclusive')
    const onWait = jest.fn()
    const waiting = lock(file, 'exclusive', { onWait })
    await new Promise((resolve) => setTimeout(resolve, 100))
    child.kill('SIGKILL')
    const held = await waiting
    expect(onWait).toHaveBeenCalledTimes(1)
    held.close()
  })

  it('stays held by a child that inherited the descriptor after its parent closed it', async () => {
    const held = tryLock(file, 'exclusive')
    if (!held) throw new Error('a fresh lock was refused')
    const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', held.fd] })
    children.push(child)
    held.close()
    expect(tryLock(file, 'exclusive')).toBeUndefined()
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    tryLock(file, 'exclusive')?.close()
  })

  it('does not leak into a child that was not given the descriptor', () => {
    const held = tryLock(file, 'exclusive')
    const program = `for fd in /proc/self/fd/*; do readlink $fd; done; true`
    expect(execFileSync('sh', ['-c', program], { encoding: 'utf8' })).not.toContain(file)
    held?.close()
  })

  it('can be closed twice without closing a stranger descriptor', () => {
    const held = tryLock(file, 'exclusive')
    held?.close()
    const other = openSync(file, 'r')
    expect(other).toBe(held?.fd)
    held?.close()
    closeSync(other)
  })

  it('is taken on the new file when the path is replaced by somebody else', () => {
    const held = tryLock(file, 'exclusive')
    renameSync(file, join(folder, 'moved'))
    const second = tryLock(file, 'exclusive')
    expect(second).toBeDefined()
    unlinkSync(file)
    held?.close()
    second?.close()
  })

  it('is on a file that all may read who reach its folder, whatever the umask', () => {
    const before = process.umask(0o077)
    tryLock(file, 'exclusive')?.close()
    process.umask(before)
    expect(statSync(file).mode & 0o777).toBe(0o644)
  })

  it('stops waiting when it is aborted, with the reason', async () => {
    const held = tryLock(file, 'exclusive')
    const signal = AbortSignal.timeout(50)
    const waiting = lock(file, 'exclusive', { signal })
    await expect(waiting).rejects.toHaveProperty('name', 'TimeoutError')
    await expect(waiting).rejects.toBe(signal.reason)
    held?.close()
  })

  it('waits without onWait being called when it is free', async () => {
    const onWait = jest.fn()
    const held = await lock(file, 'exclusive', { onWait })
    expect(onWait).not.toHaveBeenCalled()
    held.close()
  })

  it('names the path when its folder is missing, or when the path is a dangling link', () => {
    expect(() => tryLock(join(folder, 'none', 'x.lock'), 'shared')).toThrow(/none\/x\.lock/)
    symlinkSync(join(folder, 'nowhere'), file)
    expect(() => tryLock(file, 'shared')).toThrow(/the\.lock: is it a symbolic link/)
  })

  it('reports what flock itself refuses with its code', () => {
    writeFileSync(file, '')
    const fd = openSync(file, 'r')
    closeSync(fd)
    expect(() => flock(fd, 'shared')).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(() => flock(-1, 'shared')).toThrow('a file descriptor has to be a number, zero or more')
  })
})
