import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { FileEntry } from '../artifact/manifest'
import { sha256 } from '../key/key'
import { Store } from '../store'
import { draftOf, temporaryFolders } from '../testing/fixtures'
import { SharedStore } from './shared-store'

const temporary = temporaryFolders({ inMemory: true })
const draft = draftOf(1)
const entry = (path: string, text = 'x', o: Partial<FileEntry> = {}): FileEntry => ({
  path,
  bytes: text.length,
  sha256: sha256(text),
  ...o,
})

/** A remote that says what it likes under a key, and holds one blob. */
function hostileRemote(record: unknown, blob = 'x') {
  const remote = temporary('remote')
  const folder = join(remote, 'trusted/blobs', sha256(blob).slice(0, 2))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, sha256(blob)), blob)
  mkdirSync(join(remote, 'trusted/records'))
  const text = typeof record === 'string' ? record : JSON.stringify(record)
  writeFileSync(join(remote, `trusted/records/${draft.key}.json`), text)
  return remote
}

const recordOf = (files: unknown, o: object = {}) => ({
  version: 1,
  manifest: { version: 1, files },
  provenance: { ...draft, records: [], ...o },
})

/** Tries to pull, and returns what was said; what stands around the store must stay as it was. */
async function refused(remote: string): Promise<string> {
  const warnings: string[] = []
  const around = temporary('around')
  const store = new Store(join(around, 'store'), { warn: (line) => warnings.push(line) })
  const shared = SharedStore.of(store, { address: remote, scope: 'trusted' })
  expect(await shared?.pull(draft.key)).toBeUndefined()
  expect(readdirSync(around)).toEqual(warnings.length > 0 && existsSync(store.home) ? ['store'] : [])
  expect(await store.peek(draft.key)).toBeUndefined()
  expect(existsSync(store.layout.staging) ? readdirSync(store.layout.staging) : []).toEqual([])
  expect(warnings).toHaveLength(1)
  return warnings[0] ?? ''
}

const deepJson = JSON.stringify(recordOf([], { environment: 'DEEP' })).replace(
  '"DEEP"',
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
)

test.each<[string, unknown, RegExp]>([
  ['a path that climbs out', recordOf([entry('../../outside')]), /is not a plain relative path/],
  ['an absolute path', recordOf([entry('/tmp/outside')]), /is not a plain relative path/],
  ['a path with a backslash', recordOf([entry('a\\b')]), /is not a plain relative path/],
  ['a path with a line break', recordOf([entry('a\nb')]), /is not a plain relative path/],
  [
    'a record of the run that climbs out',
    recordOf([], { records: [entry('../log.txt')] }),
    /plain relative path/,
  ],
  ['the store’s own names', recordOf([entry('manifest.json')]), /lists manifest.json, which is taken/],
  ['one path twice', recordOf([entry('a'), entry('a')]), /lists a, which is taken/],
  ['a file below a file', recordOf([entry('a'), entry('a/b')]), /lists a\/b, which would be below a file/],
  ['a path of a thousand folders', recordOf([entry('a/'.repeat(1000).concat('b'))]), /path that is too long/],
  ['a name that no disk takes', recordOf([entry('a'.repeat(300))]), /path that is too long/],
  ['a digest that is a path', recordOf([entry('a', 'x', { sha256: '../../etc/passwd' })]), /not a SHA-256/],
  ['a negative size', recordOf([entry('a', 'x', { bytes: -1 })]), /not valid at manifest.files.0.bytes/],
  [
    'more bytes than any disk has',
    recordOf([entry('a', 'x', { bytes: 2 ** 50 })]),
    /needs 1.* and its disk has/,
  ],
  [
    'sizes beyond all numbers',
    recordOf([1, 2].map((n) => entry(`${n}`, 'x', { bytes: Number.MAX_SAFE_INTEGER }))),
    /impossible sizes/,
  ],
  ['a size that is not the blob’s', recordOf([entry('a', 'x', { bytes: 5 })]), /a has 1 bytes instead of 5/],
  [
    'another key’s provenance',
    { ...recordOf([entry('a')]), provenance: { ...draftOf(2), records: [] } },
    /of another key/,
  ],
  [
    'components that are not the key’s',
    recordOf([entry('a')], { components: draftOf(2).components }),
    /of another key/,
  ],
  ['another name of the run', recordOf([entry('a')], { id: '../../x' }), /of another key/],
  ['another target', recordOf([entry('a')], { target: 'evaluate' }), /of another target/],
  ['no provenance', { version: 1, manifest: { version: 1, files: [] } }, /not valid at provenance/],
  ['no JSON', 'nonsense', /is not JSON/],
  ['JSON that is nested without end', deepJson, /is not JSON/],
])('a record with %s is refused', async (_what, record, words) => {
  expect(await refused(hostileRemote(record))).toMatch(words)
})

test('a record of a million files is refused before anything of it is fetched', async () => {
  const one = JSON.stringify(entry('P')).replace('"P"', '"%"')
  const files = Array.from({ length: 300_000 }, (_, at) => one.replace('%', `${at}`))
  const text = JSON.stringify(recordOf([])).replace('"files":[]', `"files":[${files.join()}]`)
  expect(await refused(hostileRemote(text))).toMatch(/lists 300000 files|is too long/)
})

test('a record that is longer than any is not read', async () => {
  const remote = hostileRemote('')
  writeFileSync(join(remote, `trusted/records/${draft.key}.json`), Buffer.alloc((64 << 20) + 1))
  expect(await refused(remote)).toMatch(/is too long/)
})

test.each(['blobs', 'records'] as const)('a link in the %s is not followed', async (kind) => {
  const remote = hostileRemote(recordOf([entry('a')]))
  const secret = join(mkdtempSync(join(remote, 'secret-')), 'x')
  writeFileSync(secret, kind === 'blobs' ? 'x' : JSON.stringify(recordOf([entry('a')])))
  const file =
    kind === 'blobs'
      ? join(remote, 'trusted/blobs', sha256('x').slice(0, 2), sha256('x'))
      : join(remote, `trusted/records/${draft.key}.json`)
  rmSync(file)
  symlinkSync(secret, file)
  expect(await refused(remote)).toMatch(/is no plain file/)
})

test('a link that somebody has left where a download goes on leads nothing into the file behind it', async () => {
  const large = 'x'.repeat(9 << 20)
  const remote = hostileRemote(recordOf([entry('model.safetensors', large)]), large)
  const around = temporary('around')
  const store = new Store(join(around, 'store'))
  const own = join(around, 'notes.txt')
  writeFileSync(own, 'x')
  mkdirSync(store.layout.downloads, { recursive: true })
  symlinkSync(own, join(store.layout.downloads, `${sha256(large)}.part`))
  const pulled = await SharedStore.of(store, { address: remote, scope: 'trusted' })?.pull(draft.key)
  pulled?.release()
  expect(statSync(own).size).toBe(1)
  expect(pulled).toBeDefined()
})
