import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from '../testing/child'
import { draftOf, sealed, temporaryFolders } from '../testing/fixtures'
import { describeUnless } from '../testing/machine'
import { type RealServer, startNginx, startSwift, whyNoServer } from '../testing/real-servers'
import { machineOn } from '../testing/served-remote'
import { collectShared, verifyShared } from './by-hand'
import { openS3 } from './s3-client'
import { usualPatience } from './web-client'

const temporary = temporaryFolders()
const { key } = draftOf(1)
const mebibyte = 1 << 20
const large = Buffer.alloc(40 * mebibyte, 'large')

const environment = { ...process.env }
afterAll(() => {
  process.env = environment
})

async function swift(): Promise<RealServer> {
  const server = await startSwift(temporary('swift'))
  Object.assign(process.env, server.variables('writer'))
  const { sdk, client } = await openS3(usualPatience)
  await client.send(new sdk.CreateBucketCommand({ Bucket: 'cache' }))
  return server
}

describe.each([
  ['nginx', 'plain', () => startNginx(temporary('nginx'))],
  ['Swift', 's3', swift],
] as const)('as it is', (name, dialect, start) => {
  describeUnless(whyNoServer(name), name, () => {
    let server: RealServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server?.stop())
    beforeEach(() => void Object.assign(process.env, server.variables('writer')))
    const machine = () => machineOn({ dialect }, server.address, temporary('machine'))
    const child = async (home: string, work: string, dieAt?: number) => {
      const order = { home, address: server.address, key, work, dieAt }
      const env = { ...process.env, ...server.variables('writer') }
      const { output, signal } = await runChild('share-served.ts', order, { env })
      return { signal, ...(JSON.parse(output || '{}') as { moved?: number; warnings?: string[] }) }
    }

    test('is shared through, whoever is killed in the middle of it', async () => {
      const maker = machine()
      await sealed(maker.store, 1, { large, 'deep/er/small': 'a b c', empty: '' })
      expect(await child(maker.store.home, 'push', 20 * mebibyte)).toEqual({ signal: 'SIGKILL' })
      expect(await machine().shared.pull(key)).toBeUndefined()
      const { moved, warnings } = await child(maker.store.home, 'push')
      expect(warnings).toEqual([])
      expect(moved).toBeLessThanOrEqual(dialect === 's3' ? 20 * mebibyte : large.length)

      const { store, shared, warnings: others } = machine()
      expect(await child(store.home, 'pull', 20 * mebibyte)).toEqual({ signal: 'SIGKILL' })
      expect(readdirSync(store.layout.downloads)).toEqual([expect.stringMatching(/\.part$/)])
      const held = await shared.pull(key)
      held?.release()
      expect(others).toEqual([])
      expect(readFileSync(join(held?.directory ?? '', 'large')).equals(large)).toBe(true)
      expect(readdirSync(store.layout.downloads)).toEqual([])
      expect(await maker.shared.push({ key, replace: false }, {})).toEqual({ state: 'there', bytes: 0 })
    })

    test('holds the first of two records, and of the second the files that changed', async () => {
      const [one, other] = [machine(), machine()]
      const first = await sealed(one.store, 2, { model: 'first', vocabulary: 'a b c' })
      await one.shared.share(first, { made: true })
      await sealed(other.store, 2, { model: 'second', vocabulary: 'a b c' })
      await other.shared.remote.write.writeRecord(first.key, 'second', { replace: false })
      const third = await sealed(other.store, 3, { model: 'third', vocabulary: 'a b c' })
      expect(await other.shared.push({ key: third.key, replace: false }, {})).toMatchObject({ bytes: 5 })
      const held = await machine().shared.pull(first.key)
      held?.release()
      expect(readFileSync(join(held?.directory ?? '', 'model'), 'utf8')).toBe('first')
    })

    test('refuses whom it does not let write, which fails nothing', async () => {
      Object.assign(process.env, server.variables('reader'))
      const { store, shared, warnings } = machine()
      const artifact = await sealed(store, 4, { model: 'mine' })
      await shared.share(artifact, { made: true })
      expect(warnings).toEqual([
        expect.stringMatching(/does not let you (read|write) \(403.*by a later command$/),
      ])
    })

    test(dialect === 's3' ? 'is verified and cleared' : 'cannot be listed', async () => {
      const { shared } = machine()
      if (dialect === 'plain') await expect(verifyShared(shared)).rejects.toThrow(/cannot say what it holds/)
      else {
        expect(await verifyShared(shared)).toMatchObject({ intact: 3, broken: [], spoilt: [] })
        expect(await collectShared(shared, { keepDays: 0 })).toMatchObject({ records: 3 })
        expect(await verifyShared(shared)).toMatchObject({ intact: 0, broken: [], spoilt: [] })
      }
    })
  })
})
