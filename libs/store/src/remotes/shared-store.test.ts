import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { ProvenanceDraft } from '../artifact/provenance'
import { collectGarbage } from '../gc/collect-garbage'
import { Store } from '../store'
import { draftOf, sealed, temporaryFolders } from '../testing/fixtures'
import { collectShared, pullRun, pushRun, verifyShared, withdrawRuns } from './by-hand'
import { SharedStore } from './shared-store'

const temporary = temporaryFolders({ inMemory: true })

/** A machine with a store of its own, and the remote that it shares with the others. */
function machine(address: string, scope = 'trusted') {
  const warnings: string[] = []
  const store = new Store(join(temporary('machine'), 'store'), { warn: (line) => warnings.push(line) })
  const shared = SharedStore.of(store, { address, scope })
  if (!shared) throw new Error('a remote was named')
  return {
    store,
    shared,
    warnings,
    make: async (seed: number, files: Record<string, string>, o: Partial<ProvenanceDraft> = {}) => {
      const artifact = await sealed(store, seed, files, o)
      await shared.share(artifact, { made: true })
      return artifact
    },
    pull: async (seed: number) => {
      const held = await shared.pull(draftOf(seed).key)
      held?.release()
      return held
    },
  }
}

const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? (readdirSync(folder, { recursive: true }) as string[]).filter((path) =>
        statSync(join(folder, path)).isFile(),
      )
    : []
const blobFile = (remote: string, sha256: string) => join(remote, 'trusted/blobs', sha256.slice(0, 2), sha256)
const recordFile = (remote: string, seed: number) =>
  join(remote, 'trusted/records', `${draftOf(seed).key}.json`)

const files = { 'model.safetensors': 'weights', 'deep/er/vocabulary': 'a b c', 'log.txt': 'said' }

test('what one machine makes another has, with the same bytes and records', async () => {
  const remote = temporary('remote')
  const made = await machine(remote).make(1, files)
  const other = machine(remote)
  const pulled = await other.pull(1)
  expect(pulled).toMatchObject({ from: remote, manifest: made.manifest, provenance: made.provenance })
  expect(readFileSync(join(pulled?.directory ?? '', 'deep/er/vocabulary'), 'utf8')).toBe('a b c')
  expect(readFileSync(join(pulled?.directory ?? '', 'log.txt'), 'utf8')).toBe('said')
  expect(readdirSync(other.store.layout.staging)).toEqual([])
  expect(other.warnings).toEqual([])
})

test('what nobody has made is a miss, of which nothing is said', async () => {
  const other = machine(temporary('remote'))
  expect(await other.pull(1)).toBeUndefined()
  expect(other.warnings).toEqual([])
})

test('equal files are stored once, and of a changed artifact only what changed is sent', async () => {
  const remote = temporary('remote')
  const first = machine(remote)
  await first.make(1, { a: 'same', b: 'same', c: 'one' })
  expect(filesBelow(join(remote, 'trusted/blobs'))).toHaveLength(2)
  const sealedNext = await sealed(first.store, 2, { a: 'same', c: 'two!' })
  const pushed = await first.shared.push({ key: sealedNext.key, replace: false }, {})
  expect(pushed).toEqual({ state: 'sent', bytes: 4 })
  expect(await machine(remote).pull(2)).toBeDefined()
})

test('a second push asks one question, and sends nothing', async () => {
  const remote = temporary('remote')
  const one = machine(remote)
  const { key } = await one.make(1, files)
  const asked: string[] = []
  const { write } = one.shared.remote
  for (const [name, ask] of Object.entries(write).filter(([, member]) => typeof member === 'function')) {
    const noted = (...args: unknown[]) => {
      asked.push(name)
      return (ask as (...args: unknown[]) => unknown)(...args)
    }
    Object.assign(write, { [name]: noted })
  }
  expect(await one.shared.push({ key, replace: false }, {})).toEqual({ state: 'there', bytes: 0 })
  expect(asked).toEqual(['readRecord'])
  // And a reuse of it asks none.
  await one.shared.share({ key }, { made: false })
  expect(asked).toEqual(['readRecord'])
})

test('what was made before there was a remote is sent when it is reused', async () => {
  const remote = temporary('remote')
  const one = machine(remote)
  const artifact = await sealed(one.store, 1, files)
  await one.shared.share(artifact, { made: false })
  expect(await machine(remote).pull(1)).toBeDefined()
})

test('the first record wins', async () => {
  const remote = temporary('remote')
  await machine(remote).make(1, { model: 'first' })
  await machine(remote).make(1, { model: 'second' })
  const pulled = await machine(remote).pull(1)
  expect(readFileSync(join(pulled?.directory ?? '', 'model'), 'utf8')).toBe('first')
})

test.each<[string, string, (remote: string, blob: string) => void]>([
  ['a blob that is gone', 'model is missing', (_, blob) => rmSync(blob)],
  ['a short blob', 'model has 2 bytes instead of 7', (_, blob) => replace(blob, 'we')],
  ['a long blob', 'model has 1048576 bytes instead of 7', (_, blob) => replace(blob, 'x'.repeat(1 << 20))],
  [
    'a blob of other bytes',
    'model has other bytes than its record says',
    (_, blob) => replace(blob, 'WEIGHTS'),
  ],
  ['a folder in the place of a blob', 'model is no plain file', (_, blob) => replaceByFolder(blob)],
  [
    'half a record',
    'its record is not JSON',
    (remote) => replace(recordFile(remote, 1), '{"version":1,"mani'),
  ],
])('%s is a miss that is said, and is mended by whoever makes it again', async (_what, words, spoil) => {
  const remote = temporary('remote')
  const { manifest } = await machine(remote).make(1, { model: 'weights' })
  const blob = blobFile(remote, manifest.files[0]?.sha256 ?? '')
  spoil(remote, blob)
  const other = machine(remote)
  expect(await other.pull(1)).toBeUndefined()
  expect(other.warnings).toEqual([`what is shared is not whole and not used: ${remote}: ${words}`])
  expect(filesBelow(other.store.layout.artifacts)).toEqual([])
  if (statSync(blob, { throwIfNoEntry: false })?.isDirectory()) rmSync(blob, { recursive: true })
  await other.make(1, { model: 'weights' })
  const third = machine(remote)
  expect(await third.pull(1)).toMatchObject({ from: remote })
  expect(third.warnings).toEqual([])
})

function replaceByFolder(file: string): void {
  rmSync(file)
  mkdirSync(file)
}

function replace(file: string, text: string): void {
  rmSync(file)
  writeFileSync(file, text)
}

test('files that a store has already are not read from the remote, unless they are spoilt here', async () => {
  const remote = temporary('remote')
  const large = 'x'.repeat(1 << 20)
  const { manifest } = await machine(remote).make(1, { large })
  const other = machine(remote)
  const own = await sealed(other.store, 2, { mine: large })
  const blob = blobFile(remote, manifest.files[0]?.sha256 ?? '')
  renameSync(blob, `${blob}.away`)
  expect(await other.pull(1)).toBeDefined()
  renameSync(`${blob}.away`, blob)
  const third = machine(remote)
  const spoilt = join((await sealed(third.store, 2, { mine: large })).directory, 'mine')
  expect(own.manifest.files).toHaveLength(1)
  chmodSync(spoilt, 0o600)
  writeFileSync(spoilt, 'y'.repeat(1 << 20))
  expect(await third.pull(1)).toMatchObject({ manifest })
  expect(third.warnings).toEqual([])
})

describe('scopes', () => {
  test('a pull request reads what is trusted and its own, and nobody else reads what it wrote', async () => {
    const remote = temporary('remote')
    await machine(remote).make(1, files)
    await machine(remote, 'pr-7').make(2, files)
    expect(await machine(remote, 'pr-7').pull(1)).toMatchObject({ from: remote })
    expect(await machine(remote, 'pr-7').pull(2)).toMatchObject({ from: join(remote, 'pr-7') })
    expect(await machine(remote).pull(2)).toBeUndefined()
    expect(await machine(remote, 'pr-8').pull(2)).toBeUndefined()
  })

  test('a pull request does not send again what is trusted', async () => {
    const remote = temporary('remote')
    await machine(remote).make(1, files)
    await machine(remote, 'pr-7').make(1, files)
    expect(filesBelow(join(remote, 'pr-7'))).toEqual([])
  })

  test('what was made without its box is not trusted', async () => {
    const remote = temporary('remote')
    const box = { enforced: 'nothing (BLACKSMITH_BOX=off)', network: 'open' as const, left_out: [] }
    const one = machine(remote)
    await one.make(1, files, { box })
    expect(filesBelow(remote)).toEqual([])
    expect(await one.shared.ledger.owed()).toEqual([])
    await machine(remote, 'pr-7').make(1, files, { box })
    expect(await machine(remote, 'pr-7').pull(1)).toBeDefined()
  })
})

describe('a remote that cannot be used', () => {
  test('is said once, fails nothing, and is sent what it is owed when it is back', async () => {
    const remote = join(temporary('remote'), 'mounted')
    const one = machine(remote)
    expect(await one.pull(1)).toBeUndefined()
    const artifact = await one.make(1, files)
    await one.make(2, files)
    expect(one.warnings).toEqual([`${remote} is not there (is it mounted?); what it may have is made here`])
    expect(existsSync(remote)).toBe(false)
    mkdirSync(remote)
    // Another command of the same machine, about something else.
    const again = SharedStore.of(one.store, { address: remote, scope: 'trusted' })
    const other = await sealed(one.store, 3, files)
    await again?.share(other, { made: true })
    for (const seed of [1, 2, 3]) expect(await machine(remote).pull(seed)).toBeDefined()
    expect(await one.shared.ledger.owed()).toEqual([])
    expect(artifact.key).toBe(draftOf(1).key)
  })

  test('and one that is a file is said to be none', async () => {
    const remote = join(temporary('remote'), 'file')
    writeFileSync(remote, '')
    const one = machine(remote)
    await one.make(1, files)
    expect(one.warnings).toEqual([
      `${remote} is no folder; what it has not got yet is sent by a later command`,
    ])
  })
})

test('a remote that takes nothing is said once, and read on', async () => {
  const remote = temporary('remote')
  for (const seed of [1, 2]) await machine(remote).make(seed, files)
  const reader = machine(remote)
  const denied = Object.assign(new Error('denied'), { code: 'EACCES', syscall: 'open' })
  reader.shared.remote.write.putBlob = () => Promise.reject(denied)
  await reader.make(3, { model: 'our own' })
  expect(await reader.pull(1)).toBeDefined()
  await reader.make(4, { model: 'our own, too' })
  expect(await reader.pull(2)).toBeDefined()
  expect(reader.warnings).toEqual([
    `${remote} may not be read or written by you; what it has not got yet is sent by a later command`,
  ])
  expect(await reader.shared.ledger.owed()).toHaveLength(2)
})

test('a collection of garbage forgets what was sent of runs that are gone', async () => {
  const one = machine(temporary('remote'))
  const [{ key, directory }, other] = [await one.make(1, files), await one.make(2, files)]
  rmSync(directory, { recursive: true })
  await collectGarbage(one.store.layout, {})
  expect([key, other.key].map((each) => one.shared.ledger.isSent(each))).toEqual([false, true])
})

test('a verification of the remote takes away what is broken, so that it can be sent again', async () => {
  const remote = temporary('remote')
  const one = machine(remote)
  const { manifest, key } = await one.make(1, { model: 'weights', other: 'x' })
  await one.make(2, { other: 'x' })
  expect(await verifyShared(one.shared)).toEqual({ intact: 2, broken: [], spoilt: [] })
  const model = manifest.files[0]?.sha256 ?? ''
  replace(blobFile(remote, model), 'WEIGHTS')
  expect(await verifyShared(one.shared)).toEqual({
    intact: 1,
    broken: [{ key, id: key.slice(0, 10), reason: 'model is missing, or had other bytes' }],
    spoilt: [model],
  })
  const run = await one.store.peek(key)
  expect(run && (await pushRun(one.shared, run))).toEqual({ state: 'sent', bytes: 7 })
  expect(await verifyShared(one.shared)).toEqual({ intact: 2, broken: [], spoilt: [] })
})

describe('by hand', () => {
  test('a run is fetched by the beginning of its id, once', async () => {
    const remote = temporary('remote')
    const { key } = await machine(remote).make(1, files)
    await machine(remote).make(2, files)
    const { shared } = machine(remote)
    expect(await pullRun(shared, key.slice(0, 8))).toMatchObject({ artifact: { key }, from: remote })
    expect(await pullRun(shared, key)).toMatchObject({ artifact: { key }, from: undefined })
    await expect(pullRun(shared, 'fedcba9876543')).rejects.toThrow(/has no run that begins with/)
    await expect(pullRun(shared, '')).rejects.toThrow(/is the beginning of several runs\n/)
  })

  test('a run that is removed is taken out of the remote, as far as that is written to', async () => {
    const remote = temporary('remote')
    const { key } = await machine(remote).make(1, files)
    const request = machine(remote, 'pr-7')
    expect(await withdrawRuns(request.shared, [key])).toEqual({
      gone: 0,
      left: [`run ${key.slice(0, 10)} is still in ${remote}, which is not yours to change`],
    })
    const one = machine(remote)
    await one.pull(1)
    expect(await withdrawRuns(one.shared, [key, draftOf(2).key])).toEqual({ gone: 1, left: [] })
    expect(await machine(remote).pull(1)).toBeUndefined()
    // And is sent again where it is made again.
    await one.shared.share({ key }, { made: false })
    expect(await machine(remote).pull(1)).toBeDefined()
    rmSync(remote, { recursive: true })
    expect((await withdrawRuns(one.shared, [key])).left).toEqual([
      `${remote} is not there (is it mounted?): run ${key.slice(0, 10)} may still be in it`,
    ])
  })

  test('what is old is taken away, and of its files those that nothing else names', async () => {
    const remote = temporary('remote')
    const one = machine(remote)
    const { manifest } = await one.make(1, { mine: 'only here', both: 'in both' })
    await one.make(2, { both: 'in both', young: 'new' })
    const longAgo = new Date('2026-01-01')
    for (const path of filesBelow(remote)) utimesSync(join(remote, path), longAgo, longAgo)
    const now = new Date()
    utimesSync(recordFile(remote, 2), now, now)
    const policy = { keepDays: 30 }
    const gone = { records: 1, blobs: 1, bytes: 9, trainings: 0 }
    expect(await collectShared(one.shared, { ...policy, dryRun: true })).toEqual(gone)
    expect(await collectShared(one.shared, policy)).toEqual(gone)
    expect(manifest.files.map(({ sha256 }) => existsSync(blobFile(remote, sha256)))).toEqual([true, false])
    expect(await verifyShared(one.shared)).toEqual({ intact: 1, broken: [], spoilt: [] })
    // What somebody is sending now has no record yet.
    const sending = blobFile(remote, 'a'.repeat(64))
    mkdirSync(dirname(sending))
    writeFileSync(sending, 'half sent')
    expect(await collectShared(one.shared, policy)).toEqual({ records: 0, blobs: 0, bytes: 0, trainings: 0 })
  })

  test('what cannot be sent is an error that names the remote', async () => {
    const remote = join(temporary('remote'), 'mounted')
    const one = machine(remote)
    const run = await sealed(one.store, 1, files)
    await expect(pushRun(one.shared, run)).rejects.toThrow(/mounted.*is not there/)
  })
})

test('a spoilt file of this machine is not sent under the name of the right bytes', async () => {
  const remote = temporary('remote')
  const one = machine(remote)
  const { directory, key } = await sealed(one.store, 1, { model: 'weights' })
  chmodSync(join(directory, 'model'), 0o600)
  writeFileSync(join(directory, 'model'), 'WEIGHTS')
  await one.shared.share({ key }, { made: true })
  expect(one.warnings.join()).toMatch(/model has other bytes than it was made with; it is not shared/)
  rmSync(join(directory, 'model'))
  await one.shared.share({ key }, { made: true })
  expect(one.warnings[1]).toMatch(/model cannot be read \(ENOENT\); it is not shared/)
  expect(filesBelow(remote)).toEqual([])
})
