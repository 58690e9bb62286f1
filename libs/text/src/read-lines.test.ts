import { Readable } from 'node:stream'
import { readLines } from './read-lines'

async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = []
  await readLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (line) => lines.push(line))
  return lines
}

test('lines are passed on whole, however they arrive', async () => {
  expect(await linesOf('on', 'e\ntw', 'o\n\nthree')).toEqual(['one', 'two', '', 'three'])
  const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)]
  expect(await linesOf(first, second, '\n')).toEqual(['ü'])
  expect(await linesOf()).toEqual([])
})

test('both kinds of line ends are taken off, also where they are torn apart', async () => {
  expect(await linesOf('one\r\ntwo\r', '\n', 'three', '\r', '\nfour\r\n')).toEqual([
    'one',
    'two',
    'three',
    'four',
  ])
})

test('of a line that is redrawn in place only the last state is passed on', async () => {
  expect(await linesOf('\r 10%\r 50', '%', '\r100%\n', 'done')).toEqual(['100%', 'done'])
})

test('a progress bar that never ends its line holds no memory, and is not cut', async () => {
  const states = Array.from({ length: 3000 }, (_, step) => `\r${'#'.repeat(1000)} ${step}`)
  expect(await linesOf(...states)).toEqual([`${'#'.repeat(1000)} 2999`])
})

test('what is longer than any sentence is cut, and the next line is whole', async () => {
  const [long, next] = await linesOf('x'.repeat(1 << 20), 'y'.repeat(100), '\nnext\n')
  expect(long?.length).toBe((1 << 20) + ' … (cut)'.length)
  expect(next).toBe('next')
})

test('a stream that breaks has passed on what came through it', async () => {
  const lines: string[] = []
  async function* broken() {
    yield Buffer.from('one\ntw')
    throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
  }
  await readLines(Readable.from(broken()), (line) => lines.push(line))
  expect(lines).toEqual(['one', 'tw'])
})
