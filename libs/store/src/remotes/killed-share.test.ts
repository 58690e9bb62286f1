import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../key/key'
import { Store } from '../store'
import { inPairs, runChild } from '../testing/child'
import { draftOf, sealed, temporaryFolders } from '../testing/fixtures'
import { SharedStore } from './shared-store'

const temporary = temporaryFolders({ inMemory: true })
const files = { model: 'weights', 'log.txt': 'said' }
const { key } = draftOf(1)

interface Told {
  from?: string
  calls: string[]
  warnings: string[]
}

const share = async (order: object) => {
  const { output, errors } = await runChild('share-run.ts', { seed: 1, ...order })
  expect(errors).toBe('')
  return JSON.parse(output) as Told
}

/** Within each write, and before each call that gives a file its name: a kill at another call leaves what one of these does. */
const momentsOf = ({ calls }: Told) =>
  calls.flatMap((name, at) =>
    ['writeFile', 'rename', 'link'].includes(name) ? [{ at: at + 1, torn: name === 'writeFile' }] : [],
  )

const machine = (home: string, remote: string) => {
  const warnings: string[] = []
  const store = new Store(home, { warn: (line) => warnings.push(line) })
  const shared = SharedStore.of(store, { address: remote, scope: 'trusted' })
  if (!shared) throw new Error('a remote was named')
  return { store, shared, warnings }
}

/** Whether the remote has the record; all that has a name in it must be whole. */
function standsInRemote(remote: string): boolean {
  const blobs = join(remote, 'trusted/blobs')
  const names = existsSync(blobs) ? (readdirSync(blobs, { recursive: true }) as string[]) : []
  for (const path of names.filter((name) => /[0-9a-f]{64}$/.test(name)))
    expect(path.slice(3)).toBe(sha256(readFileSync(join(blobs, path))))
  const record = join(remote, `trusted/records/${key}.json`)
  if (!existsSync(record)) return false
  expect(names.filter((name) => /\/[0-9a-f]{64}$/.test(name))).toHaveLength(2)
  expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ version: 1, provenance: { key } })
  return true
}

describe('a process that is killed', () => {
  test('while it sends leaves no record without its blobs and nothing half, and the next command sends it', async () => {
    const seen = new Set<boolean>()
    const begin = async () => {
      const [home, remote] = [join(temporary('machine'), 'store'), temporary('remote')]
      await sealed(new Store(home), 1, files)
      return { home, remote, work: ['push'] }
    }
    const moments = momentsOf(await share(await begin()))
    expect(moments.length).toBeGreaterThan(7)
    await inPairs(moments, async (moment) => {
      const order = await begin()
      const { signal } = await runChild('share-run.ts', { seed: 1, ...order, ...moment })
      expect(signal).toBe('SIGKILL')
      seen.add(standsInRemote(order.remote))
      const { shared, warnings } = machine(order.home, order.remote)
      await shared.share({ key }, { made: false })
      expect(standsInRemote(order.remote)).toBe(true)
      expect([...warnings, ...(await shared.ledger.owed())]).toEqual([])
    })
    expect(seen).toEqual(new Set([false, true]))
  })

  test('while it fetches leaves nothing or the artifact, and the next command fetches it', async () => {
    const remote = temporary('remote')
    await share({ home: join(temporary('maker'), 'store'), remote, files, work: ['make', 'push'] })
    const begin = () => ({ home: join(temporary('machine'), 'store'), remote, work: ['pull'] })
    const moments = momentsOf(await share(begin()))
    const seen = new Set<boolean>()
    await inPairs(moments, async (moment) => {
      const order = begin()
      const { signal } = await runChild('share-run.ts', { seed: 1, ...order, ...moment })
      expect(signal).toBe('SIGKILL')
      if (!existsSync(order.home)) mkdirSync(order.home)
      const { store, shared, warnings } = machine(order.home, remote)
      const stored = await store.lookup(key)
      seen.add(stored !== undefined)
      const artifact = stored ?? (await shared.pull(key))
      expect(readFileSync(join(artifact?.directory ?? '', 'model'), 'utf8')).toBe('weights')
      expect(warnings).toEqual([])
      artifact?.release()
    })
    expect(seen).toEqual(new Set([false, true]))
  })
})

test('eight machines that make, send and fetch the same at once all have it, and the remote has it once', async () => {
  const remote = temporary('remote')
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, at) => {
      const home = join(temporary(`machine-${at}`), 'store')
      const work = at % 2 === 0 ? ['make', 'push'] : ['pull', 'make', 'push']
      return share({ home, remote, files, work: [...work] })
    }),
  )
  expect(outcomes.flatMap(({ warnings }) => warnings)).toEqual([])
  expect(standsInRemote(remote)).toBe(true)
  const left = (readdirSync(remote, { recursive: true }) as string[]).filter((path) =>
    statSync(join(remote, path)).isFile(),
  )
  expect(left).toHaveLength(3)
  expect(await share({ home: join(temporary('last'), 'store'), remote, work: ['pull'] })).toMatchObject({
    from: remote,
  })
})
