import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJsonLines } from './json-lines'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lines-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function read(content: string | Buffer, from?: number) {
  const file = join(folder, 'a.jsonl')
  writeFileSync(file, content)
  const values: unknown[] = []
  return { ...(await readJsonLines(file, (value) => values.push(value), from)), values, file }
}

test('every line is read once, also where lines and characters lie across the borders of what is read at once', async () => {
  const lines = Array.from({ length: 40_000 }, (_, step) => JSON.stringify({ step, text: `é数${step}` }))
  const { values, lines: count, unreadable } = await read(`${lines.join('\n')}\n`)
  expect(values.map((value) => JSON.stringify(value))).toEqual(lines)
  expect([count, unreadable]).toEqual([40_000, 0])
})

test('a killed run ends in half a line, which is not an error and is read once it is whole', async () => {
  const { values, bytes, unreadable, file } = await read('{"a":1}\n{"b":')
  expect([values, bytes, unreadable]).toEqual([[{ a: 1 }], 8, 0])
  appendFileSync(file, '2}\n{"c":3}')
  const more: unknown[] = []
  const next = await readJsonLines(file, (value) => more.push(value), bytes)
  expect(more).toEqual([{ b: 2 }, { c: 3 }])
  expect(next.bytes).toBe(8 + 8 + 7)
})

test('lines that are no JSON are counted and passed over', async () => {
  const { values, unreadable } = await read('{"a":1}\nTraceback!\n\n{"b":2}\n')
  expect([values, unreadable]).toEqual([[{ a: 1 }, { b: 2 }], 1])
})

test('a line without an end does not fill the memory, and what follows it is read', async () => {
  const { values, unreadable } = await read(`{"a":1}\n"${'x'.repeat(9 << 20)}"\n{"b":2}\n`)
  expect(values).toEqual([{ a: 1 }, { b: 2 }])
  expect(unreadable).toBe(1)
})

test('a file that is not there has no lines', async () => {
  expect(await readJsonLines(join(folder, 'none'), () => undefined)).toEqual({
    lines: 0,
    unreadable: 0,
    bytes: 0,
  })
})
