import { EventEmitter } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outlastClosedOutput, type Printing } from './closed-output'

function printing() {
  const said: string[] = []
  const process = {
    exitCode: undefined as number | undefined,
    stdout: Object.assign(new EventEmitter(), { fd: -1 }),
    stderr: Object.assign(new EventEmitter(), { write: (text: string) => said.push(text) }),
  }
  outlastClosedOutput(process)
  const fail = (stream: EventEmitter, code: string) =>
    stream.emit('error', Object.assign(new Error(`${code}: write`), { code }))
  return { process, said, fail }
}

test.each(['EPIPE', 'EIO'])('a reader that is gone (%s) ends no work and is no failure', (code) => {
  const { process, said, fail } = printing()
  fail(process.stdout, code)
  fail(process.stderr, code)
  expect(said).toEqual([])
  expect(process.exitCode).toBeUndefined()
})

test('what could not be written to a full disk is reported once, and is a failure', () => {
  const { process, said, fail } = printing()
  fail(process.stdout, 'ENOSPC')
  fail(process.stdout, 'ENOSPC')
  expect(said).toEqual(['the output could not be written: the disk is full\n'])
  expect(process.exitCode).toBe(1)
})

// A disk that is nearly full takes the first part of a write and says how much that was; so does this one.
test('what goes to a file is written to its end, however little is taken at a time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blacksmith-output-'))
  const file = join(folder, 'out')
  const fs = jest.requireActual<typeof import('node:fs')>('node:fs')
  const whole = fs.writeSync
  const little = jest
    .spyOn(fs, 'writeSync')
    .mockImplementation(((fd: number, chunk: Buffer, at = 0) =>
      whole(fd, chunk, at, Math.min(3, chunk.length - at))) as never)
  const { process } = printing()
  const stdout: Printing['stdout'] = Object.assign(new EventEmitter(), { fd: openSync(file, 'w') })
  outlastClosedOutput({ ...process, stdout })
  stdout._write?.(Buffer.from('a long story'), 'utf8', (error) => expect(error).toBeUndefined())
  little.mockRestore()
  expect(readFileSync(file, 'utf8')).toBe('a long story')
  rmSync(folder, { recursive: true })
})
