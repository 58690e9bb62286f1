import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SharedStore } from '../../../remotes'
import { Store } from '../../store'
import { draftOf, sealed, temporaryFolders } from '../../testing/fixtures'
import { collectShared, pushRun, verifyShared } from '../by-hand'
import { makeKeys } from './keys'

const temporary = temporaryFolders({ inMemory: true })
const ours = makeKeys()
const older = makeKeys()
const theirs = makeKeys()

interface Holder {
  scope?: string
  trusts?: string[]
  signs?: string
}

/** A machine with a store of its own, that trusts our key unless it is told otherwise. */
function machine(address: string, { scope = 'trusted', trusts = [ours.publicKey], signs }: Holder = {}) {
  const warnings: string[] = []
  const store = new Store(join(temporary('machine'), 'store'), { warn: (line) => warnings.push(line) })
  const shared = SharedStore.of(store, { address, scope, trustedKeys: trusts, signingKey: signs })
  if (!shared) throw new Error('a remote was named')
  const make = async (seed: number, files: Record<string, string>) => {
    const artifact = await sealed(store, seed, files)
    await shared.share(artifact, { made: true })
    return artifact
  }
  const pull = async (seed: number) => {
    const held = await shared.pull(draftOf(seed).key)
    held?.release()
    return held
  }
  return { store, shared, warnings, make, pull }
}

const recordFile = (remote: string, seed: number, scope = 'trusted') =>
  join(remote, scope, 'records', `${draftOf(seed).key}.json`)
const files = { 'model.safetensors': 'weights' }
const signing = { signs: ours.privateKey }

test('what is signed by a trusted key is used, and by whom it is signed stands in the record', async () => {
  const remote = temporary('remote')
  const { manifest } = await machine(remote, signing).make(1, files)
  const reader = machine(remote)
  expect(await reader.pull(1)).toMatchObject({ from: remote, manifest })
  expect(reader.warnings).toEqual([])
  expect(JSON.parse(readFileSync(recordFile(remote, 1), 'utf8'))).toMatchObject({
    signature: { by: ours.publicKey },
  })
})

test('a key that signs from now on stands beside the one that signed before, as long as both are trusted', async () => {
  const remote = temporary('remote')
  await machine(remote, { trusts: [older.publicKey], signs: older.privateKey }).make(1, files)
  await machine(remote, signing).make(2, files)
  const between = machine(remote, { trusts: [ours.publicKey, older.publicKey] })
  expect(await between.pull(1)).toBeDefined()
  expect(await between.pull(2)).toBeDefined()
  expect(await machine(remote).pull(1)).toBeUndefined()
})

interface Written {
  manifest: { files: { sha256: string }[] }
  provenance: { commit: string | null; key: string }
  signature: unknown
}

const changes: [what: string, words: string, change: (record: Written, other: Written) => object][] = [
  ['without a signature', 'is not signed', ({ signature: _, ...rest }) => rest],
  [
    'with another file',
    'has a signature of other bytes',
    (record, { manifest }) => ({ ...record, manifest }),
  ],
  [
    'with another provenance',
    'has a signature of other bytes',
    (record) => ({ ...record, provenance: { ...record.provenance, commit: 'f'.repeat(40) } }),
  ],
  [
    'with a field of its own',
    'has a signature of other bytes',
    (record) => ({ ...record, more: 'than was signed' }),
  ],
  [
    'with the signature of another record',
    'has a signature of other bytes',
    (record, { signature }) => ({ ...record, signature }),
  ],
  [
    'signed by a key that nobody trusts, under the name of one',
    'has a signature of other bytes',
    (record) => ({ ...record, signature: { by: ours.publicKey, value: 'AAAA' } }),
  ],
  [
    'signed by a key that it names itself',
    'is signed by nobody who is trusted',
    (record) => ({ ...record, signature: { by: theirs.publicKey, value: 'AAAA' } }),
  ],
  ['with a signature that is none', 'is not signed', (record) => ({ ...record, signature: ['x'] })],
]

test.each(changes)('a record %s is not used, and replaced by who may sign', async (_what, words, change) => {
  const remote = temporary('remote')
  const one = machine(remote, signing)
  await one.make(1, files)
  await one.make(2, { 'model.safetensors': 'other weights' })
  const read = (seed: number) => JSON.parse(readFileSync(recordFile(remote, seed), 'utf8')) as Written
  const changed = change(read(1), read(2))
  rmSync(recordFile(remote, 1))
  writeFileSync(recordFile(remote, 1), JSON.stringify(changed))
  const reader = machine(remote)
  expect(await reader.pull(1)).toBeUndefined()
  expect(await reader.shared.find(draftOf(1).key)).toBeUndefined()
  expect(reader.warnings).toEqual([
    `what is shared is not trusted and not used: ${remote}: its record ${words}`,
  ])
  // Of blobs that are there only the record is sent.
  const again = machine(remote, signing)
  expect(await again.pull(1)).toBeUndefined()
  await again.make(1, files)
  expect(await machine(remote).pull(1)).toMatchObject({ from: remote })
})

test('a record that is nested without end is not signed, and nothing breaks', async () => {
  const remote = temporary('remote')
  await machine(remote, signing).make(1, files)
  const signed = readFileSync(recordFile(remote, 1), 'utf8')
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  writeFileSync(recordFile(remote, 2), signed.replace('{', `{"deep":${deep},`))
  const reader = machine(remote)
  expect(await reader.pull(2)).toBeUndefined()
  expect(reader.warnings[0]).toMatch(/its record is not signed/)
})

test('a signed record counts under its own key only', async () => {
  const remote = temporary('remote')
  await machine(remote, signing).make(1, files)
  writeFileSync(recordFile(remote, 2), readFileSync(recordFile(remote, 1)))
  const reader = machine(remote)
  expect(await reader.pull(2)).toBeUndefined()
  expect(reader.warnings[0]).toContain('its record has a signature of other bytes')
})

test('and in its own scope only', async () => {
  const remote = temporary('remote')
  // Somebody has the key sign what a pull request wrote.
  const request = machine(remote, { scope: 'pr-7', ...signing })
  await request.make(1, files)
  expect(readFileSync(recordFile(remote, 1, 'pr-7'), 'utf8')).not.toContain('signature')
  const one = machine(remote, signing)
  await one.make(2, files)
  writeFileSync(recordFile(remote, 1), readFileSync(recordFile(remote, 1, 'pr-7')))
  expect(await machine(remote).pull(1)).toBeUndefined()
})

test('who moves blobs about beneath a signed record changes nothing', async () => {
  const remote = temporary('remote')
  const { manifest } = await machine(remote, signing).make(1, files)
  const { sha256 = '' } = manifest.files[0] ?? {}
  writeFileSync(join(remote, 'trusted/blobs', sha256.slice(0, 2), sha256), 'WEIGHTS')
  const reader = machine(remote)
  expect(await reader.pull(1)).toBeUndefined()
  expect(reader.warnings[0]).toContain('model.safetensors has other bytes')
})

test('who cannot sign reads what is trusted, and sends nothing into its place', async () => {
  const remote = temporary('remote')
  await machine(remote, signing).make(1, files)
  const reader = machine(remote)
  expect(await reader.pull(1)).toBeDefined()
  await reader.make(2, files)
  expect(readdirSync(join(remote, 'trusted/records'))).toHaveLength(1)
  expect(reader.warnings).toEqual([])
  expect(await reader.shared.ledger.owed()).toEqual([])
  const run = await reader.store.peek(draftOf(2).key)
  expect(run && (await pushRun(reader.shared, run))).toMatchObject({
    state: 'withheld',
    reason: 'BLACKSMITH_SIGNING_KEY is not set, and what is not signed is not trusted',
  })
})

test.each([
  ['that nobody trusts', theirs.privateKey, /is the private key of ed25519:.*, which is none of the trusted/],
  ['that is none', '-----BEGIN nonsense-----', /BLACKSMITH_SIGNING_KEY {2}is no private key for Ed25519/],
  [
    'whose file is not there',
    '/nowhere/key.pem',
    /names \/nowhere\/key.pem, which cannot be read \(ENOENT\)/,
  ],
])('a signing key %s is said, fails no run, and the artifact is owed', async (_what, signs, words) => {
  const remote = temporary('remote')
  const one = machine(remote, { signs })
  await one.make(1, files)
  expect(one.warnings.join('\n')).toMatch(words)
  expect(one.warnings).toHaveLength(1)
  expect(one.warnings[0]).not.toContain('nonsense')
  expect(readdirSync(remote)).toEqual([])
  expect(await one.shared.ledger.owed()).toHaveLength(1)
})

test('the key may be a file', async () => {
  const remote = temporary('remote')
  const file = join(temporary('key'), 'key.pem')
  writeFileSync(file, ours.privateKey)
  await machine(remote, { signs: file }).make(1, files)
  expect(await machine(remote).pull(1)).toBeDefined()
})

describe('a remote from before there were signatures', () => {
  const unsigned = async (remote: string) => {
    const one = machine(remote, { trusts: [] })
    await one.make(1, files)
    await one.make(2, files)
    return one
  }

  test('keeps its files when it is collected, for those who ask for no signature', async () => {
    const remote = temporary('remote')
    const one = await unsigned(remote)
    const inThreeDays = Date.now() + 3 * 24 * 3600 * 1000
    const clock = jest.spyOn(Date, 'now').mockReturnValue(inThreeDays)
    expect(await collectShared(machine(remote).shared, { keepDays: 30 })).toEqual({
      records: 0,
      blobs: 0,
      bytes: 0,
      trainings: 0,
    })
    clock.mockRestore()
    expect(await verifyShared(one.shared)).toMatchObject({ intact: 2 })
  })

  test('is told by a verification, and signed by sending its runs again, without their files', async () => {
    const remote = temporary('remote')
    const { store } = await unsigned(remote)
    const named = {
      address: remote,
      scope: 'trusted',
      trustedKeys: [ours.publicKey],
      signingKey: signing.signs,
    }
    const shared = SharedStore.of(store, named)
    const run = await store.peek(draftOf(1).key)
    if (!run || !shared) throw new Error('it was made')
    expect(await pushRun(shared, run)).toEqual({ state: 'sent', bytes: 0 })
    const { key } = draftOf(2)
    const reason = 'its record is not signed'
    expect(await verifyShared(shared)).toEqual({
      intact: 1,
      broken: [{ key, id: key.slice(0, 10), reason }],
      spoilt: [],
    })
    expect(await machine(remote).pull(1)).toBeDefined()
  })
})
