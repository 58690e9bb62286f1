import { join } from 'node:path'
import { SharedStore } from '../../../remotes'
import { Store } from '../../store'
import { draftOf, sealed, temporaryFolders, writeFiles } from '../../testing/fixtures'
import { type Dialect, ObjectServer } from '../../testing/object-server'
import { addressOf, variablesFor } from '../../testing/served-remote'
import { makeKeys } from './keys'

const temporary = temporaryFolders({ inMemory: true })
const { key } = draftOf(1)
const ours = makeKeys()

const environment = { ...process.env }
afterAll(() => {
  process.env = environment
})

describe.each<Dialect>(['s3', 'plain'])('on a server (%s)', (dialect) => {
  let server: ObjectServer
  beforeEach(async () => {
    server = new ObjectServer(dialect)
    await server.listen()
    Object.assign(process.env, variablesFor(server, 'writer'))
  })
  afterEach(() => server.close())

  const machine = (signingKey?: string) => {
    const warnings: string[] = []
    const store = new Store(join(temporary('machine'), 'store'), { warn: (line) => warnings.push(line) })
    const named = { address: addressOf(server), scope: 'trusted', trustedKeys: [ours.publicKey], signingKey }
    const shared = SharedStore.of(store, named)
    if (!shared) throw new Error('a remote was named')
    return { store, shared, warnings }
  }

  test('results are signed, an unsigned one is not used, and is replaced', async () => {
    const one = machine(ours.privateKey)
    const artifact = await sealed(one.store, 1, { model: 'weights' })
    await one.shared.share(artifact, { made: true })
    const held = await machine().shared.pull(key)
    expect(held).toMatchObject({ manifest: artifact.manifest })
    held?.release()
    const [record] = [...server.objects].filter(([name]) => name.includes('/records/'))
    if (!record) throw new Error('it was sent')
    const { signature: _, ...unsigned } = JSON.parse(record[1].body.toString())
    record[1].body = Buffer.from(JSON.stringify(unsigned))
    const reader = machine()
    expect(await reader.shared.pull(key)).toBeUndefined()
    expect(reader.warnings[0]).toMatch(/not trusted and not used: .*is not signed/)
    expect(await one.shared.push({ key, replace: false }, {})).toEqual({ state: 'sent', bytes: 0 })
    const again = await machine().shared.pull(key)
    expect(again).toBeDefined()
    again?.release()
  })

  test('checkpoints come and go, and a credential that may only read fails nothing', async () => {
    const one = machine(ours.privateKey)
    const send = async (step: number) => {
      const folder = temporary('checkpoint')
      writeFiles(folder, { 'checkpoint.json': `{"step":${step}}`, table: 'the same in all' })
      return one.shared.sendCheckpoint(key, { step, folder, processor: null }, new AbortController().signal)
    }
    for (const step of [1, 2, 3]) expect(await send(step)).toBe(true)
    // The record, what the two newest share, and a description of each.
    expect(server.objects.size).toBe(4)
    const other = machine()
    const placeOf = (step: number) => join(other.store.home, 'work/checkpoints', `${step}`)
    const wanted = { key, lineage: key, after: 0, processor: undefined, placeOf }
    expect(await other.shared.fetchCheckpoint(wanted)).toEqual({ step: 3, from: addressOf(server) })
    expect([...one.warnings, ...other.warnings]).toEqual([])
    await one.shared.share(await sealed(one.store, 1, { model: 'weights' }), { made: true })
    await one.shared.clearCheckpoints(key)
    expect([...server.objects.keys()].filter((name) => name.includes('checkpoints'))).toEqual([])
    Object.assign(process.env, variablesFor(server, 'reader'))
    const reader = machine(ours.privateKey)
    expect(
      await reader.shared.sendCheckpoint(
        key,
        { step: 4, folder: placeOf(3), processor: null },
        new AbortController().signal,
      ),
    ).toBe(true)
    expect(reader.warnings).toEqual([
      expect.stringMatching(/a checkpoint could not be sent: .* does not let you write/),
    ])
    await reader.shared.share(await sealed(reader.store, 2, { model: 'our own' }), { made: true })
    const held = await reader.shared.pull(key)
    expect(held).toBeDefined()
    held?.release()
  })
})
