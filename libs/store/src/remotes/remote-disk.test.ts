import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Store } from '../store'
import { sealed, temporaryFolders } from '../testing/fixtures'
import { describeUnless, mountSmallDisk, remountReadOnly, unmount, whyNoMounts } from '../testing/machine'
import { answered } from './asking'
import { SharedStore } from './shared-store'

const temporary = temporaryFolders()
const files = { model: 'x'.repeat(100_000), 'log.txt': 'said' }

function machine(address: string) {
  const warnings: string[] = []
  const store = new Store(join(temporary('machine'), 'store'), { warn: (line) => warnings.push(line) })
  const shared = SharedStore.of(store, { address, scope: 'trusted' })
  if (!shared) throw new Error('a remote was named')
  return { store, shared, warnings }
}

describeUnless(whyNoMounts(), 'a remote on a disk', () => {
  let disk: string
  beforeEach(() => {
    disk = temporary('disk')
    mountSmallDisk(disk, '1m')
  })
  afterEach(() => unmount(disk))

  test('that is full is said to be, holds nothing half, and gets what it is owed when there is room', async () => {
    const { store, shared, warnings } = machine(disk)
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 20_000))
    const artifact = await sealed(store, 1, files)
    await shared.share(artifact, { made: true })
    expect(warnings).toEqual([`${disk} is full; what it has not got yet is sent by a later command`])
    const names = readdirSync(disk, { recursive: true }) as string[]
    expect(names.filter((name) => /\.partial$|\.json$/.test(name))).toEqual([])
    rmSync(join(disk, 'filler'))
    const later = SharedStore.of(store, { address: disk, scope: 'trusted' })
    await later?.share(artifact, { made: false })
    expect(await later?.ledger.owed()).toEqual([])
    expect(await machine(disk).shared.pull(artifact.key)).toMatchObject({ from: disk })
  })

  test('that is read-only is read, and what it cannot take is owed', async () => {
    const first = machine(disk)
    const artifact = await sealed(first.store, 1, files)
    await first.shared.share(artifact, { made: true })
    remountReadOnly(disk)
    const { store, shared, warnings } = machine(disk)
    expect(await shared.pull(artifact.key)).toMatchObject({ from: disk })
    expect(warnings).toEqual([])
    const other = await sealed(store, 2, files)
    await shared.share(other, { made: true })
    expect(warnings).toEqual([`${disk} is read-only; what it has not got yet is sent by a later command`])
    expect(await shared.ledger.owed()).toEqual([{ key: other.key, replace: false }])
  })
})

test('a remote that never answers is waited for no longer than the time-out', async () => {
  await expect(answered(new Promise(() => undefined), 1)).rejects.toThrow('does not answer within 0.001 s')
  expect(await answered(Promise.resolve('answer'), 1)).toBe('answer')
})

test('a remote that does not answer is left alone for the rest of the command', async () => {
  const remote = temporary('remote')
  mkdirSync(join(remote, 'trusted'))
  const { store, shared, warnings } = machine(remote)
  let asked = 0
  Object.assign(shared.remote.write, {
    readRecord: () => {
      asked++
      return answered(new Promise(() => undefined), 1)
    },
  })
  const artifact = await sealed(store, 1, files)
  expect(await shared.pull(artifact.key)).toBeUndefined()
  await shared.share(artifact, { made: true })
  expect(asked).toBe(1)
  expect(warnings).toEqual([`${remote} does not answer within 0.001 s; what it may have is made here`])
  expect(await shared.ledger.owed()).toHaveLength(1)
})
