import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { SharedStore } from '../../../remotes'
import { sha256 } from '../../key/key'
import { Store } from '../../store'
import { draftOf, temporaryFolders, writeFiles } from '../../testing/fixtures'
import { collectShared, withdrawRuns } from '../by-hand'
import { makeKeys } from '../signing/keys'

const temporary = temporaryFolders({ inMemory: true })
const { key } = draftOf(1)
const here = { model: 'Abacus 3', features: ['avx2'] }
const ours = makeKeys()

function machine(address: string, o: { scope?: string; trusts?: string[]; signs?: string } = {}) {
  const warnings: string[] = []
  const store = new Store(join(temporary('machine'), 'store'), { warn: (line) => warnings.push(line) })
  const { scope = 'trusted', trusts, signs } = o
  const shared = SharedStore.of(store, {
    address,
    scope,
    ...(trusts ? { trustedKeys: trusts } : {}),
    signingKey: signs,
  })
  if (!shared) throw new Error('a remote was named')
  const checkpoints = join(store.home, 'work/checkpoints')
  const send = (step: number, files: Record<string, string>) => {
    const folder = temporary('checkpoint')
    writeFiles(folder, { 'checkpoint.json': `{"step":${step}}`, ...files })
    const checkpoint = { step, folder, processor: here }
    return shared.sendCheckpoint(key, checkpoint, new AbortController().signal)
  }
  const fetch = (o: { after?: number; processor?: typeof here } = {}) =>
    shared.fetchCheckpoint({
      key,
      lineage: key,
      after: o.after ?? 0,
      processor: o.processor ?? here,
      placeOf: (step) => join(checkpoints, `${step}`),
    })
  return { store, shared, warnings, checkpoints, send, fetch }
}

const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? (readdirSync(folder, { recursive: true }) as string[]).filter((path) =>
        statSync(join(folder, path)).isFile(),
      )
    : []
const recordFile = (remote: string) => join(remote, 'trusted/checkpoints/records', `${key}.json`)
const blobFile = (remote: string, text: string) =>
  join(remote, `trusted/checkpoints/${key}/blobs`, sha256(text).slice(0, 2), sha256(text))

test('another machine gets the newest checkpoint, to the byte, and none that it has itself', async () => {
  const remote = temporary('remote')
  const one = machine(remote)
  expect(await one.send(5, { 'state.json': 'five' })).toBe(true)
  await one.send(9, { 'state.json': 'nine' })
  const other = machine(remote)
  expect(await other.fetch()).toEqual({ step: 9, from: remote })
  expect(readFileSync(join(other.checkpoints, '9/state.json'), 'utf8')).toBe('nine')
  expect(readdirSync(join(other.checkpoints, '9')).sort()).toEqual(['checkpoint.json', 'state.json'])
  expect(await other.fetch({ after: 9 })).toBeUndefined()
  expect([...one.warnings, ...other.warnings]).toEqual([])
})

test('of a changed checkpoint only its changed files are sent, and what it leaves behind goes', async () => {
  const remote = temporary('remote')
  const one = machine(remote)
  await one.send(1, { table: 'the same in all', state: 'one' })
  const table = blobFile(remote, 'the same in all')
  const { ino } = statSync(table)
  for (const step of [2, 3, 4]) await one.send(step, { table: 'the same in all', state: `${step}` })
  expect(statSync(table).ino).toBe(ino)
  // Of two checkpoints: a description each, a state each, and what they share.
  expect(filesBelow(join(remote, `trusted/checkpoints/${key}`))).toHaveLength(5)
})

test('where the newest is spoilt the one before it serves, and it is said', async () => {
  const remote = temporary('remote')
  const one = machine(remote)
  await one.send(5, { 'state.json': 'five' })
  await one.send(9, { 'state.json': 'nine' })
  writeFileSync(blobFile(remote, 'nine'), 'NINE')
  const other = machine(remote)
  expect(await other.fetch()).toEqual({ step: 5, from: remote })
  expect(other.warnings).toEqual([
    `checkpoints that are shared are not used: ${remote}: of that of step 9 state.json has other bytes than its record says`,
  ])
  expect(readdirSync(other.checkpoints)).toEqual(['5'])
  expect(readdirSync(other.store.layout.staging)).toEqual([])
})

test('of another kind of processor none is taken, which is said, and the next one sent stands alone', async () => {
  const remote = temporary('remote')
  await machine(remote).send(5, { 'state.json': 'five' })
  const other = machine(remote)
  expect(await other.fetch({ processor: { ...here, features: [] } })).toBeUndefined()
  expect(other.warnings).toEqual([
    `checkpoints that are shared are not used: ${remote}: those of this training were made on another kind of processor`,
  ])
})

const entry = (path: string, text = 'x') => ({ path, bytes: text.length, sha256: sha256(text) })
const recordOf = (files: unknown, o: object = {}) => ({
  version: 1,
  key,
  processor: here,
  checkpoints: [{ step: 3, files }],
  ...o,
})

test.each<[string, unknown, RegExp]>([
  [
    'a path that climbs out',
    recordOf([entry('checkpoint.json'), entry('../../x')]),
    /not that of checkpoints/,
  ],
  ['a folder', recordOf([entry('checkpoint.json'), entry('a/x')]), /no checkpoint is made of/],
  [
    'one name twice',
    recordOf([entry('checkpoint.json'), entry('a'), entry('a')]),
    /no checkpoint is made of/,
  ],
  ['no description', recordOf([entry('state.json')]), /no checkpoint is made of/],
  ['a thousand files', recordOf(Array.from({ length: 1000 }, (_, at) => entry(`${at}`))), /not that of/],
  ['a step that is none', { ...recordOf([]), checkpoints: [{ step: '../..', files: [] }] }, /not that of/],
  [
    'impossible sizes',
    recordOf(['checkpoint.json', 'b'].map((path) => ({ ...entry(path), bytes: Number.MAX_SAFE_INTEGER }))),
    /impossible sizes/,
  ],
  ['another training', recordOf([entry('checkpoint.json')], { key: draftOf(2).key }), /of another training/],
  ['what is no JSON', 'nonsense', /not that of checkpoints/],
  [
    'a size that is not the file’s',
    recordOf([{ ...entry('checkpoint.json'), bytes: 7 }]),
    /is missing|has 1 bytes/,
  ],
  [
    'more than any disk has',
    recordOf([{ ...entry('checkpoint.json'), bytes: 2 ** 50 }]),
    /a checkpoint in .* needs 1.*, and its disk has/,
  ],
])('a record of checkpoints with %s is refused, said, and costs nothing', async (_what, record, words) => {
  const remote = temporary('remote')
  mkdirSync(join(remote, 'trusted/checkpoints/records'), { recursive: true })
  writeFileSync(recordFile(remote), typeof record === 'string' ? record : JSON.stringify(record))
  const other = machine(remote)
  expect(await other.fetch()).toBeUndefined()
  expect(other.warnings).toHaveLength(1)
  expect(other.warnings[0]).toMatch(words)
  expect(filesBelow(join(other.store.home, 'work'))).toEqual([])
  // And it is in nobody's way.
  await machine(remote).send(4, { 'state.json': 'four' })
  expect(await machine(remote).fetch()).toEqual({ step: 4, from: remote })
})

describe('trust', () => {
  const signing = { trusts: [ours.publicKey], signs: ours.privateKey }

  test('a checkpoint is signed as a result is, and an unsigned one is not gone on from', async () => {
    const remote = temporary('remote')
    await machine(remote, signing).send(5, { 'state.json': 'five' })
    expect(await machine(remote, { trusts: [ours.publicKey] }).fetch()).toEqual({ step: 5, from: remote })
    const { signature: _, ...unsigned } = JSON.parse(readFileSync(recordFile(remote), 'utf8'))
    rmSync(recordFile(remote))
    writeFileSync(recordFile(remote), JSON.stringify(unsigned))
    const reader = machine(remote, { trusts: [ours.publicKey] })
    expect(await reader.fetch()).toBeUndefined()
    expect(reader.warnings[0]).toMatch(/their record is not signed/)
  })

  test('who cannot sign is told that nothing is sent', async () => {
    const remote = temporary('remote')
    const one = machine(remote, { trusts: [ours.publicKey] })
    expect(await one.send(5, {})).toBe(false)
    expect(one.warnings).toEqual([
      'checkpoints are not sent: BLACKSMITH_SIGNING_KEY is not set, and what is not signed is not trusted',
    ])
    expect(readdirSync(remote)).toEqual([])
  })

  test('a pull request goes on from the newest of its own and the trusted ones, and nobody from its', async () => {
    const remote = temporary('remote')
    await machine(remote).send(5, { 'state.json': 'five' })
    await machine(remote, { scope: 'pr-7' }).send(9, { 'state.json': 'nine' })
    const request = { step: 9, from: join(remote, 'pr-7') }
    expect(await machine(remote, { scope: 'pr-7' }).fetch()).toEqual(request)
    expect(await machine(remote, { scope: 'pr-8' }).fetch()).toEqual({ step: 5, from: remote })
    expect(await machine(remote).fetch()).toEqual({ step: 5, from: remote })
  })
})

test('a remote that cannot be written to is said once, and throws nothing', async () => {
  const one = machine(join(temporary('remote'), 'mounted'))
  expect(await one.send(1, {})).toBe(true)
  expect(await one.send(2, {})).toBe(true)
  expect(one.warnings).toHaveLength(1)
  expect(one.warnings[0]).toMatch(/^a checkpoint could not be sent: .*mounted is not there/)
})

describe('checkpoints go', () => {
  const left = (remote: string) => filesBelow(join(remote, 'trusted/checkpoints'))

  test('once the remote has what the training made, with what was half sent', async () => {
    const remote = temporary('remote')
    const one = machine(remote)
    await one.send(5, { 'state.json': 'five' })
    writeFiles(join(remote, `trusted/checkpoints/${key}/blobs/ff`), { ['f'.repeat(64)]: 'half' })
    await one.shared.clearCheckpoints(key)
    expect(left(remote)).toHaveLength(4)
    mkdirSync(one.store.home, { recursive: true })
    await one.shared.ledger.noteSent(key)
    await one.shared.clearCheckpoints(key)
    expect(left(remote)).toEqual([])
  })

  test('when the run is removed, and when nobody has gone on with them for long', async () => {
    const remote = temporary('remote')
    const one = machine(remote)
    await one.send(5, { 'state.json': 'five' })
    await withdrawRuns(one.shared, [key])
    expect(left(remote)).toEqual([])
    await one.send(5, { 'state.json': 'five' })
    expect(await collectShared(one.shared, { keepDays: 30 })).toMatchObject({ trainings: 0 })
    const longAgo = new Date('2026-01-01')
    utimesSync(recordFile(remote), longAgo, longAgo)
    expect(await collectShared(one.shared, { keepDays: 30, dryRun: true })).toMatchObject({ trainings: 1 })
    expect(left(remote)).toHaveLength(3)
    expect(await collectShared(one.shared, { keepDays: 30 })).toMatchObject({ trainings: 1 })
    expect(left(remote)).toEqual([])
  })
})
