import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isUserError, type Placement } from '@blacksmith/config'
import { loadAddon } from '@blacksmith/native'
import { leaseDevices, listQueue } from './index'
import { LeaseBox } from './testing/lease-box'
import { startExecutor } from './testing/start-executor'

const oneCore: Placement = { kind: 'cpu', count: 1, threads: 1 }
const allCores: Placement = { ...oneCore, threads: loadAddon().usableCores().length }
const nobody = 65534
const stranger = 12345

const isRoot = process.getuid?.() === 0
const asRoot = isRoot ? it : it.skip
const canUnshare = isRoot && spawnSync('unshare', ['-p', '-f', '--mount-proc', 'true']).status === 0
const withNamespaces = canUnshare ? it : it.skip

/** Where the other users' processes keep the TypeScript that they have compiled. */
const compiled = mkdtempSync(join(tmpdir(), 'compiled-'))
chmodSync(compiled, 0o1777)
afterAll(() => rmSync(compiled, { recursive: true }))

let box: LeaseBox
let directory: string
beforeEach(() => {
  box = new LeaseBox()
  chmodSync(box.folder, 0o755)
  directory = join(box.folder, 'leases')
})
afterEach(() => box.close())

const env = (more: Record<string, string> = {}) => ({
  BLACKSMITH_LEASE_DIR: directory,
  JITI_FS_CACHE: compiled,
  ...more,
})
const lease = (placement: Placement, more: Record<string, string> = {}) =>
  leaseDevices(placement, { project: 'p', target: 'train', env: env({ BLACKSMITH_WAIT: '0.3', ...more }) })
const asUser = (uid: number) => ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups']
const execute = (prefix: string[], command = ['true'], more: Record<string, string> = {}) =>
  box.watch(startExecutor(oneCore, command, { env: env(more), prefix }))

describe('a lease directory that all users share', () => {
  asRoot('lets two users exclude each other, each reading who the other is', async () => {
    mkdirSync(directory)
    chmodSync(directory, 0o1777)
    const first = execute(asUser(stranger), box.untilOpened('gate'), { BLACKSMITH_DEVICE: 'cpu0' })
    await first.untilPrinted('granted')
    expect(statSync(join(directory, 'cpu-0.lease')).uid).toBe(stranger)
    const second = execute(asUser(nobody), ['true'], { BLACKSMITH_DEVICE: 'cpu0' })
    const { line } = await second.untilPrinted('waiting')
    expect(line).toMatch(`testing:train of user ${stranger}, pid ${first.process.pid} on`)
    box.open('gate')
    expect(await second.untilPrinted('ended')).toMatchObject({ code: 0, clean: true })
    const third = execute(asUser(stranger), ['true'], { BLACKSMITH_DEVICE: 'cpu0' })
    expect(await third.untilPrinted('ended')).toMatchObject({ code: 0 })
  })

  asRoot('takes no notice of the ticket that another user has left dead in the sticky queue', async () => {
    await (await lease(oneCore)).release()
    const ticket = join(directory, 'queue', '0000000001')
    writeFileSync(ticket, 'garbage')
    chownSync(ticket, stranger, stranger)
    expect(await execute(asUser(nobody)).untilPrinted('ended')).toMatchObject({ code: 0 })
    expect(existsSync(ticket)).toBe(true)
  })

  asRoot('names a lease file that only its owner may open, and locks one that may only be read', async () => {
    mkdirSync(directory)
    chmodSync(directory, 0o1777)
    const file = join(directory, 'cpu-0.lease')
    writeFileSync(file, '')
    chownSync(file, stranger, stranger)
    chmodSync(file, 0o600)
    const refused = execute(asUser(nobody), ['true'], { BLACKSMITH_DEVICE: 'cpu0' })
    const { message } = await refused.untilPrinted('failed')
    expect(message).toMatch(
      `the lease file ${file} cannot be opened (owner ${stranger}, mode 0600): Permission denied`,
    )
    expect(message).toMatch(`chmod 666 ${file}`)
    chmodSync(file, 0o644)
    const reader = execute(asUser(nobody), ['true'], { BLACKSMITH_DEVICE: 'cpu0' })
    expect(await reader.untilPrinted('ended')).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe('')
  })

  asRoot('that cannot be written is an error with the remedy, and never a second directory', async () => {
    mkdirSync(directory, { mode: 0o755 })
    const { message } = await execute(asUser(nobody)).untilPrinted('failed')
    expect(message).toMatch(`the lease directory ${directory}`)
    expect(message).toMatch(`install -d -m 1777 ${directory}`)
  })

  it('with garbage in its files is worked with all the same', async () => {
    mkdirSync(directory)
    for (const core of loadAddon().usableCores()) {
      writeFileSync(join(directory, `cpu-${core}.lease`), Buffer.alloc(5000, core % 2 ? 0 : 0xff))
    }
    const held = await lease(allCores)
    expect(await held.release()).toEqual({ clean: true })
  })

  it('keeps a device with its holder when its lease file is deleted', async () => {
    const held = await lease(allCores)
    rmSync(join(directory, 'cpu-0.lease'))
    const error = await lease(oneCore, { BLACKSMITH_DEVICE: 'cpu0' }).catch((error) => error)
    expect(isUserError(error)).toBe(true)
    expect(error.message).toMatch(
      new RegExp(`cpu0 held by process.* ${process.pid} .* although its lease file was deleted`),
    )
    await held.release()
    await (await lease(allCores)).release()
  })

  it('does not mistake a process that has got the pid of a dead holder for that holder', async () => {
    const held = await lease(oneCore, { BLACKSMITH_DEVICE: 'cpu0' })
    const file = join(directory, 'cpu-0.lease')
    const record = readFileSync(file, 'utf8')
    // As if this very process had only later got the pid of the holder.
    writeFileSync(file, record.replace(/^start=.*$/m, 'start=1').replace(/^lease=.*$/m, 'lease=of-nobody'))
    expect((await listQueue(env())).holders).toEqual([expect.objectContaining({ abandoned: true })])
    await held.release()
  })

  withNamespaces(
    'is shared with a container: its holder is not taken for dead, and keeps its device',
    async () => {
      const inside = execute(['unshare', '-p', '-f', '--mount-proc'], box.untilOpened('gate'), {
        BLACKSMITH_DEVICE: 'cpu0',
      })
      await inside.untilPrinted('granted')
      expect((await listQueue(env())).holders).toEqual([expect.objectContaining({ abandoned: false })])
      await expect(lease(oneCore, { BLACKSMITH_DEVICE: 'cpu0' })).rejects.toThrow(
        'cpu0 held by testing:train',
      )
      box.open('gate')
      await inside.untilPrinted('ended')
      await (await lease(oneCore, { BLACKSMITH_DEVICE: 'cpu0' })).release()
    },
  )
})
