import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A workspace with the loader, and with a package of ours that experiments import from. */
let root: string
/** What the TypeScript of experiments imports of ours. */
const provided = '@blacksmith/config'

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'blacksmith-loader-'))
  cpSync(__dirname, join(root, 'tools', 'load-typescript'), { recursive: true })
  for (const name of ['esbuild', '@esbuild']) {
    mkdirSync(join(root, 'node_modules'), { recursive: true })
    symlinkSync(
      join(dirname(require.resolve('esbuild/package.json')), '..', name),
      join(root, 'node_modules', name),
    )
  }
  write(`node_modules/${provided}/package.json`, '{ "main": "./index.ts" }')
  write(`node_modules/${provided}/index.ts`, 'export const role: object = {}')
  write('node_modules/plain/index.js', 'exports.answer = 42')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

test('a TypeScript file is loaded with all that it imports', () => {
  write('src/name.ts', "import { answer } from 'plain'\nexport const name = (): string => 'plain ' + answer")
  write('src/entry.ts', "import { name } from './name'\nexport const said: string = name()")
  expect(evaluate("load('./src/entry.ts').said")).toBe('plain 42')
  expect(evaluate("load('./src/entry.ts') === load('./src/entry.ts')")).toBe(true)
})

test('a changed source is loaded as it is now, an unchanged one as it was kept', () => {
  write('src/name.ts', 'export const name = 1')
  write('src/entry.ts', "export { name } from './name'")
  expect(evaluate("load('./src/entry.ts').name")).toBe(1)
  withoutCompiler(() => expect(evaluate("load('./src/entry.ts').name")).toBe(1))
  write('src/name.ts', 'export const name = 2')
  expect(evaluate("load('./src/entry.ts').name")).toBe(2)
  withoutCompiler(() => expect(evaluate("load('./src/entry.ts').name")).toBe(2))
})

test('a source that has its old size and time is recognised by its change', () => {
  const writeOnce = (text: string) => {
    write('src/entry.ts', text)
    utimesSync(join(root, 'src/entry.ts'), 1_000_000_000, 1_000_000_000)
  }
  writeOnce('export const name = 1')
  expect(evaluate("load('./src/entry.ts').name")).toBe(1)
  writeOnce('export const name = 2')
  expect(evaluate("load('./src/entry.ts').name")).toBe(2)
})

test('a source that is dated in the future is kept as any other', () => {
  write('src/entry.ts', 'export const name = 1')
  utimesSync(join(root, 'src/entry.ts'), 4_000_000_000, 4_000_000_000)
  evaluate("load('./src/entry.ts').name")
  withoutCompiler(() => expect(evaluate("load('./src/entry.ts').name")).toBe(1))
})

test('what V8 has compiled is kept too, and believed only whole', () => {
  write('src/entry.ts', 'export const name = 1')
  evaluate("load('./src/entry.ts').name")
  const [file = ''] = kept().filter((name) => name.endsWith('.bin'))
  const compiled = join(cache(), file)
  const made = statSync(compiled).ino
  evaluate("load('./src/entry.ts').name")
  expect(statSync(compiled).ino).toBe(made)
  const bytes = readFileSync(compiled)
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  writeFileSync(compiled, bytes)
  expect(evaluate("load('./src/entry.ts').name")).toBe(1)
  expect(statSync(compiled).ino).not.toBe(made)
})

test('of a changed source only the last bundle is kept', () => {
  write('src/entry.ts', 'export const name = 1')
  evaluate("load('./src/entry.ts').name")
  const first = kept()
  write('src/entry.ts', 'export const name = 2')
  evaluate("load('./src/entry.ts').name")
  expect(kept()).toHaveLength(first.length)
  expect(kept().filter((file) => first.includes(file))).toEqual(
    first.filter((file) => file.endsWith('.json')),
  )
})

test('a package is loaded anew when it is installed anew, or leads elsewhere', () => {
  write('node_modules/plain/package.json', '{ "version": "1.0.0" }')
  write('src/entry.ts', "export { answer } from 'plain'")
  const answer = () => evaluate("load('./src/entry.ts').answer")
  expect(answer()).toBe(42)
  write('node_modules/plain/index.js', 'exports.answer = 43')
  write('node_modules/plain/package.json', '{ "version": "1.0.1" }')
  expect(answer()).toBe(43)
  write('node_modules/plain/other.js', 'exports.answer = 44')
  write('node_modules/plain/package.json', '{ "exports": "./other.js" }')
  expect(answer()).toBe(44)
})

test('a new file is seen where an import now means it', () => {
  write('src/name/index.ts', 'export const name = 1')
  write('src/entry.ts', "export { name } from './name'")
  expect(evaluate("load('./src/entry.ts').name")).toBe(1)
  write('src/name.ts', 'export const name = 2')
  expect(evaluate("load('./src/entry.ts').name")).toBe(2)
})

test('text of any language is the same from what is kept', () => {
  write('src/entry.ts', "export const text = [String.raw`ü→`, `“…`, /[é×]/.test('é'), '×', \"ß\"]")
  const text = ['ü→', '“…', true, '×', 'ß']
  expect(evaluate("load('./src/entry.ts').text")).toEqual(text)
  withoutCompiler(() => expect(evaluate("load('./src/entry.ts').text")).toEqual(text))
})

test('a source that is written while a bundle is made is read again', () => {
  write('src/entry.ts', 'export const name = 1')
  evaluate(
    "load('./src/entry.ts').name",
    `writeFileSync(${JSON.stringify(join(root, 'src/entry.ts'))}, 'export const name = 1')`,
  )
  expect(kept().filter((name) => name.endsWith('.json'))).toEqual([])
})

test('each source has the place that Node would give it', () => {
  write('src/below/place.ts', 'export const place = [__dirname, __filename]')
  write('src/below/plain.js', 'exports.place = __filename')
  write(
    'src/entry.ts',
    `export { place } from './below/place'
     export { place as plain } from './below/plain'
     export const own = __dirname`,
  )
  expect(evaluate("load('./src/entry.ts').plain")).toBe(join(root, 'src/below/plain.js'))
  expect(evaluate("load('./src/entry.ts').place")).toEqual([
    join(root, 'src/below'),
    join(root, 'src/below/place.ts'),
  ])
  expect(evaluate("load('./src/entry.ts').own")).toBe(join(root, 'src'))
})

test("an experiment's own TypeScript gets the modules of the program that loads it", () => {
  write('experiment/schema.ts', `import { role } from '${provided}'\nexport const given = role`)
  write('experiment/config.ts', "export { given } from './schema'")
  write(
    'src/entry.ts',
    `import { role } from '${provided}'
     export const same = (file: string): boolean => require(file).given === role`,
  )
  const same = `load('./src/entry.ts').same(${JSON.stringify(join(root, 'experiment/config.ts'))})`
  expect(evaluate(same)).toBe(true)
  expect(evaluate(same)).toBe(true)
})

describe("an experiment's parameters follow from its files alone", () => {
  const experiment = () => JSON.stringify(join(root, 'experiment/config.ts'))
  beforeEach(() =>
    write(
      'src/entry.ts',
      `export const given = (file: string): unknown => {
         try { return require(file).given } catch (error) { return String(error) }
       }`,
    ),
  )
  const given = () => evaluate(`load('./src/entry.ts').given(${experiment()})`)

  test.each([
    ["import { readFileSync } from 'node:fs'\nexport const given = readFileSync('x')", 'node:fs is Node'],
    ["import { hostname } from 'os'\nexport const given = hostname()", 'os is Node'],
    ['export const given = process.env.HOME', 'process.env differs from machine to machine'],
  ])('%j is refused', (text, message) => {
    write('experiment/config.ts', text)
    expect(given()).toContain(message)
  })

  test('a process that lives long sees a change of what it has loaded', () => {
    write('common.ts', 'export const given = 1')
    write('experiment/config.ts', "export { given } from '../common'")
    const seen = evaluate(
      `[1, 2].map((value) => {
         writeFileSync(${JSON.stringify(join(root, 'common.ts'))}, 'export const given = ' + value)
         return load('./src/entry.ts').given(${experiment()})
       })`,
    )
    expect(seen).toEqual([1, 2])
  })

  test('its digest is that of all it imports, and not of comments', () => {
    const digest = () =>
      evaluate(
        `require(${JSON.stringify(join(root, 'tools/load-typescript'))}).digestOfTypeScript(${experiment()})`,
      )
    write('common.ts', 'export const given = 1')
    write('experiment/config.ts', "export { given } from '../common'")
    const before = digest()
    write('experiment/config.ts', "// a remark\nexport { given } from '../common'")
    expect(digest()).toBe(before)
    write('common.ts', 'export const given = 2')
    expect(digest()).not.toBe(before)
  })
})

test('a stack trace names the sources', () => {
  write(
    'src/fail.ts',
    'interface Unused {\n  a: 1\n}\n\nexport function fail(): never {\n  throw new Error("no")\n}',
  )
  write('src/entry.ts', "export { fail } from './fail'")
  const stack = `(() => { try { load('./src/entry.ts').fail() } catch (error) { return error.stack } })()`
  const place = `${join(root, 'src/fail.ts')}:6:9`
  expect(evaluate(stack)).toContain(place)
  expect(evaluate(stack)).toContain(place)
  for (const map of kept().filter((file) => file.endsWith('.map'))) writeFileSync(join(cache(), map), '{')
  expect(evaluate(stack)).toMatch(/^Error: no\n {4}at /)
})

test('what is no TypeScript is refused with its place and line', () => {
  write('src/broken.ts', 'export const a = 1\nexport const b = {{')
  write('src/entry.ts', "export { a } from './broken'")
  const message = `(() => { try { load('./src/entry.ts') } catch (error) { return error.message } })()`
  expect(evaluate(message)).toBe(
    `Expected identifier but found "{" (${join(root, 'src/broken.ts')}:2:19)\nexport const b = {{\n                  ^`,
  )
})

test('what a bundle cannot give is refused, not left empty', () => {
  write('src/entry.ts', 'export const place = import.meta.dirname')
  const message = `(() => { try { load('./src/entry.ts') } catch (error) { return error.message } })()`
  expect(evaluate(message)).toContain(`(${join(root, 'src/entry.ts')}:1:22)`)
})

test('what is kept may vanish or break, and is then made again', () => {
  write('src/entry.ts', 'export const name = 1')
  expect(evaluate("load('./src/entry.ts').name")).toBe(1)
  for (const ending of ['.json', '.bin', '.cjs']) {
    for (const file of kept().filter((name) => name.endsWith(ending))) {
      writeFileSync(join(cache(), file), 'x')
      expect(evaluate("load('./src/entry.ts').name")).toBe(1)
      rmSync(join(cache(), file))
      expect(evaluate("load('./src/entry.ts').name")).toBe(1)
    }
  }
})

test('where nothing can be kept it loads all the same', () => {
  write('node_modules/.cache', 'a file')
  write('src/entry.ts', 'export const name = 1')
  expect(evaluate("load('./src/entry.ts').name")).toBe(1)
  expect(readdirSync(join(root, 'own', 'blacksmith', 'typescript'))).not.toEqual([])
  rmSync(join(root, 'own'), { recursive: true })
  write('own', 'a file')
  expect(evaluate("load('./src/entry.ts').name")).toBe(1)
})

test('many experiments are loaded without a warning', () => {
  for (let at = 0; at < 12; at++) write(`experiment/${at}.ts`, `export const at = ${at}`)
  write('src/entry.ts', 'export const all = (files: string[]) => files.map((file) => require(file).at)')
  const files = Array.from({ length: 12 }, (_, at) => join(root, `experiment/${at}.ts`))
  expect(
    evaluate(`[load('./src/entry.ts').all(${JSON.stringify(files)}), process.listenerCount('exit')]`),
  ).toEqual([files.map((_, at) => at), 1])
})

test("Node's own errors keep their code, and an import that is made when it is needed works", () => {
  write(
    'src/entry.ts',
    "export const fail = () => Buffer.from(1 as never)\nexport const later = () => import('node:os')",
  )
  expect(
    evaluate("(() => { try { load('./src/entry.ts').fail() } catch (error) { return error.stack } })()"),
  ).toMatch(/^TypeError \[ERR_INVALID_ARG_TYPE\]: /)
  expect(evaluate("(load('./src/entry.ts').later(), true)")).toBe(true)
})

function write(path: string, text: string): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** What still loads here has been kept. */
function withoutCompiler(then: () => void): void {
  const link = join(root, 'node_modules', 'esbuild')
  const target = readlinkSync(link)
  rmSync(link)
  try {
    then()
  } finally {
    symlinkSync(target, link)
  }
}

/** What an expression gives in a process of its own, a while after what has been written: new files are not trusted. */
function evaluate(expression: string, before = ''): unknown {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60)
  const script = `
    const { writeFileSync } = require('node:fs')
    const load = require(${JSON.stringify(join(root, 'tools/load-typescript'))})(${JSON.stringify(join(root, 'program.cjs'))})
    ${before}
    console.log(JSON.stringify(${expression}))`
  const env = { ...process.env, XDG_CACHE_HOME: join(root, 'own') }
  return JSON.parse(execFileSync('node', ['-e', script], { cwd: root, encoding: 'utf8', env }))
}

function cache(): string {
  return join(root, 'node_modules', '.cache', 'blacksmith')
}

function kept(): string[] {
  return readdirSync(cache()).sort()
}
