import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { animatedPng, png, safetensors } from '../fixtures/pictures'
import { framesOf } from './animation'
import { blockKinds } from './kinds'
import { readPicture } from './picture'
import { encodePng } from './png'
import { readBlocks } from './read-blocks'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blocks-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a run without report.json has no blocks and no problems', async () => {
  expect(await readBlocks(folder)).toEqual({ blocks: [], problems: [] })
})

test('a bad block is named by its place and does not cost the good ones', async () => {
  const good = {
    kind: 'table',
    title: 't',
    columns: ['a'],
    rows: [['x'], [1], [null], [true], [{ image: 'a.png', alt: '' }]],
  }
  const blocks = [
    good,
    { ...good, rows: [['x', 'y']] },
    {
      kind: 'matrix',
      title: 'm',
      row_title: 'r',
      column_title: 'c',
      row_labels: ['0'],
      column_labels: ['0'],
      values: [[1, 2]],
    },
    { kind: 'plot', title: 'p' },
  ]
  writeFileSync(join(folder, 'report.json'), JSON.stringify({ version: 1, blocks }))
  const read = await readBlocks(folder)
  expect(read.blocks).toMatchObject([good])
  expect(read.problems).toHaveLength(3)
  expect(read.problems[0]).toBe('report.json: blocks.1.rows.0: has 2 cells, and there are 1 columns')
  expect(read.problems[1]).toContain('blocks.2.values: has to be 1 rows of 1 numbers')
  expect(read.problems[2]).toBe(
    'report.json: blocks.3.kind: is no kind of block; there are: images, frames, animation, table, matrix',
  )
})

test('a file that is not JSON is a problem and no exception', async () => {
  writeFileSync(join(folder, 'report.json'), '{')
  expect((await readBlocks(folder)).problems[0]).toContain('report.json is not JSON')
})

test('the example in the README is one that can be shown', async () => {
  const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8')
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(readme) ?? []
  writeFileSync(join(folder, 'report.json'), example)
  const { blocks, problems } = await readBlocks(folder)
  expect(problems).toEqual([])
  expect(blocks).toHaveLength(blockKinds.size)
})

test('a picture is known by its bytes and becomes part of the page', async () => {
  writeFileSync(
    join(folder, 'a'),
    png(1, 1, () => [0, 0, 0]),
  )
  expect(await readPicture(folder, 'a')).toMatchObject({ ok: true, type: 'image/png' })
})

test('paths and links that lead out of the folder are refused, and so is what is no picture', async () => {
  const inside = join(folder, 'inside')
  mkdirSync(inside)
  writeFileSync(
    join(folder, 'secret.png'),
    png(1, 1, () => [0, 0, 0]),
  )
  symlinkSync(join(folder, 'secret.png'), join(inside, 'link.png'))
  writeFileSync(join(inside, 'page.png'), '<svg onload="alert(1)">')
  const problem = async (path: string) => {
    const read = await readPicture(inside, path)
    return read.ok ? 'ok' : read.problem
  }
  expect(await problem('../secret.png')).toContain('outside the folder')
  expect(await problem('link.png')).toContain('outside the folder')
  expect(await problem(join(folder, 'secret.png'))).toContain('not a path relative')
  expect(await problem('none.png')).toContain('no such file')
  expect(await problem('page.png')).toContain('is not PNG')
  expect(await problem('.')).toContain('outside the folder')
})

test('one picture of a tensor of bytes is made a PNG with those very pixels', async () => {
  const bytes = Uint8Array.from({ length: 2 * 3 * 4 }, (_, at) => at * 10)
  writeFileSync(join(folder, 'm.safetensors'), safetensors('images', [2, 3, 4], bytes))
  const read = await readPicture(folder, 'm.safetensors#images/1')
  expect(read).toEqual({ ok: true, type: 'image/png', bytes: encodePng(4, 3, 1, bytes.subarray(12)) })
})

test.each([
  ['m.safetensors#images/2', 'has 2 pictures'],
  ['m.safetensors#other/0', 'holds no tensor other'],
  ['m.safetensors#__proto__/0', 'holds no tensor'],
  ['flat.safetensors#images/0', 'has no shape of pictures'],
  ['short.safetensors#images/1', 'ends too early'],
  ['none.safetensors#images/0', 'no such file'],
  ['../m.safetensors#images/0', 'no such file'],
])('%s is refused', async (path, problem) => {
  const good = safetensors('images', [2, 3, 4], new Uint8Array(24))
  writeFileSync(join(folder, 'm.safetensors'), good)
  writeFileSync(join(folder, 'flat.safetensors'), safetensors('images', [24], new Uint8Array(24)))
  writeFileSync(join(folder, 'short.safetensors'), good.subarray(0, good.length - 1))
  expect(await readPicture(folder, path)).toMatchObject({
    ok: false,
    problem: expect.stringContaining(problem),
  })
})

test('the frames of an animated PNG are its pictures, one by one', () => {
  const frames = [0, 100, 200].map((shade) => png(2, 2, () => [shade, 0, 0]))
  expect(framesOf(animatedPng(frames))).toEqual(frames)
})

test('a picture that is not animated, or cut off, has no frames', () => {
  const still = png(2, 2, () => [0, 0, 0])
  expect(framesOf(still)).toBeUndefined()
  expect(framesOf(animatedPng([still, still]).subarray(0, 120))).toBeUndefined()
  expect(framesOf(Buffer.from('GIF89a'))).toBeUndefined()
})
