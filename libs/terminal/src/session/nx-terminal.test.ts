import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { windowColumns, writePastNx } from './nx-terminal'

let nx: ChildProcess

beforeEach(async () => {
  nx = spawn('sleep', ['600'], { stdio: ['ignore', 'pipe', 'pipe'] })
  await once(nx, 'spawn')
})

afterEach(() => nx.kill())

const env = () => ({ NX_INVOCATION_ROOT_PID: String(nx.pid) })
const openFiles = () => readdirSync('/proc/self/fd').length

test('a window that is none has no columns, and no file stays open for each time that they are asked for', () => {
  windowColumns(env())
  const before = openFiles()
  for (let times = 0; times < 20; times++) expect(windowColumns(env())).toBeUndefined()
  expect(openFiles()).toBe(before)
})

test.each([
  ['a', true],
  ['w', false],
])('a file that nx has opened with %j takes what is said: %j', async (flags, written) => {
  const folder = mkdtempSync(join(tmpdir(), 'nx-terminal-'))
  const file = openSync(join(folder, 'log'), flags)
  const writing = spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', file] })
  await once(writing, 'spawn')
  expect(writePastNx('said\n', { NX_INVOCATION_ROOT_PID: String(writing.pid) })).toBe(written)
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe(written ? 'said\n' : '')
  writing.kill()
  closeSync(file)
  rmSync(folder, { recursive: true })
})

test('nothing is written to a process that does not exist', () => {
  expect(writePastNx('x', { NX_INVOCATION_ROOT_PID: '0' })).toBe(false)
  expect(writePastNx('x', {})).toBe(false)
})
