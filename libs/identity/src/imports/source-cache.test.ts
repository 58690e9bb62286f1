import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeTree, removeTrees } from '../../../config/src/testing/tree'
import { parseImports } from './parse-imports'
import { SourceCache } from './source-cache'

jest.mock('./parse-imports', () => ({
  parseImports: jest.fn(jest.requireActual<typeof import('./parse-imports')>('./parse-imports').parseImports),
}))
const parse = jest.mocked(parseImports)

afterAll(removeTrees)

/** A tree with a source, and a place for the cache. */
function setUp(source = 'import os') {
  const folder = makeTree({ 'a.py': source })
  parse.mockClear()
  return { file: join(folder, 'a.py'), cacheFile: join(folder, 'data', 'imports.json') }
}

test('a source is parsed once in a process, and again when its bytes are others', () => {
  const { file } = setUp()
  const cache = new SourceCache()
  expect(cache.read(file)).toEqual(cache.read(file))
  expect(parse).toHaveBeenCalledTimes(1)
  writeFileSync(file, 'import re')
  expect(cache.read(file).parsed.imports).toEqual([expect.objectContaining({ module: 're' })])
})

test('what one process has parsed the next one finds in the file', () => {
  const { file, cacheFile } = setUp()
  const first = new SourceCache(cacheFile)
  const read = first.read(file)
  first.save()
  parse.mockClear()
  expect(new SourceCache(cacheFile).read(file)).toEqual(read)
  expect(parse).not.toHaveBeenCalled()
})

test.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 9)],
  ['empty', () => Buffer.alloc(0)],
  ['of another kind', () => Buffer.from('{"entries": 3}')],
  ['changed in one byte', (bytes: Buffer) => Buffer.from(bytes.toString().replace('"os"', '"so"'))],
])('a file that is %s is not believed, and is written again', (_, spoil) => {
  const { file, cacheFile } = setUp()
  const first = new SourceCache(cacheFile)
  const read = first.read(file)
  first.save()
  const good = readFileSync(cacheFile)
  writeFileSync(cacheFile, spoil(good))
  const second = new SourceCache(cacheFile)
  expect(second.read(file)).toEqual(read)
  second.save()
  expect(readFileSync(cacheFile)).toEqual(good)
})

test('two processes that save at once lose neither the file nor what the first one wrote', () => {
  const { file, cacheFile } = setUp()
  const other = join(dirname(file), 'b.py')
  writeFileSync(other, 'import re')
  const [one, two] = [new SourceCache(cacheFile), new SourceCache(cacheFile)]
  one.read(file)
  two.read(other)
  one.save()
  two.save()
  parse.mockClear()
  const third = new SourceCache(cacheFile)
  third.read(file)
  third.read(other)
  expect(parse).not.toHaveBeenCalled()
  expect(readdirSync(dirname(cacheFile))).toEqual(['imports.json'])
})

test('a folder that cannot be written costs time, and nothing else', () => {
  const { file } = setUp()
  const cache = new SourceCache(join(file, 'not-a-folder', 'imports.json'))
  cache.read(file)
  expect(() => cache.save()).not.toThrow()
})

test('a mistake is not kept: it depends on the Python that was asked', () => {
  const { file, cacheFile } = setUp('def f(:')
  const cache = new SourceCache(cacheFile)
  expect(cache.read(file).parsed.problems).toHaveLength(1)
  cache.save()
  expect(readdirSync(dirname(file))).toEqual(['a.py'])
})

test('without any Python, the first syntax error of our own parser is reported', () => {
  const { file } = setUp('import os\ndef f(:')
  const { PATH } = process.env
  process.env.PATH = dirname(file)
  try {
    expect(new SourceCache().read(file).parsed.problems).toEqual([
      { line: 2, column: 7, message: 'is not valid Python here', remedy: 'mend the syntax' },
    ])
  } finally {
    process.env.PATH = PATH
  }
})

test('a Python that is too old is not asked', () => {
  const { file } = setUp('with (a as b, c as d):\n    import os')
  const folder = makeTree({
    python3: '#!/bin/sh\necho too old >&2; exit 1\n',
    'python3.12': `#!/bin/sh\nexec ${spawnSync('python3', ['-c', 'import sys; print(sys.executable)']).stdout.toString().trim()} "$@"\n`,
  })
  for (const name of ['python3', 'python3.12']) chmodSync(join(folder, name), 0o755)
  const { PATH } = process.env
  process.env.PATH = folder
  try {
    expect(new SourceCache().read(file).parsed).toMatchObject({ imports: [{ module: 'os' }], problems: [] })
  } finally {
    process.env.PATH = PATH
  }
})
