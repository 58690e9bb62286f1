import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { deviceKinds } from '@blacksmith/config/header'
import { loadAddon } from '@blacksmith/native'
import { checkDevices } from './check-devices'
import { listDevices } from './index'
import { presentKinds } from './present-kinds'

describe('on this machine, whatever it has', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'this-machine-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const env = () => ({ ...process.env, BLACKSMITH_LEASE_DIR: join(folder, 'leases') })

  it('the list of devices has the cores that this process may use, and the kinds that /dev has', async () => {
    const devices = await listDevices(env())
    const cores = devices.filter(({ kind }) => kind === 'cpu')
    expect(cores.length).toBeGreaterThan(0)
    expect(cores.length).toBeLessThanOrEqual(availableParallelism())
    expect(new Set(devices.map(({ kind }) => kind))).toEqual(presentKinds())
    expect(devices.every(({ state }) => state === 'free' || state === 'faulty')).toBe(true)
  })

  it('listing makes no directory of leases', async () => {
    await listDevices(env())
    expect(readdirSync(folder)).toEqual([])
  })

  it('the doctor finds what runs need', async () => {
    const checks = await checkDevices(env())
    expect(checks).toContainEqual(expect.objectContaining({ name: 'native', state: 'ok' }))
  })
})

describe('the kinds of device that a box has', () => {
  const dev = mkdtempSync(join(tmpdir(), 'dev-'))
  afterAll(() => rmSync(dev, { recursive: true }))

  it('are known by their nodes alone, and links beside them are none', () => {
    expect([...presentKinds(dev)]).toEqual(['cpu'])
    mkdirSync(join(dev, 'tenstorrent', 'by-id'), { recursive: true })
    writeFileSync(join(dev, 'nvidiactl'), '')
    expect([...presentKinds(dev)]).toEqual(['cpu'])
    writeFileSync(join(dev, 'tenstorrent', '0'), '')
    writeFileSync(join(dev, 'nvidia0'), '')
    expect(presentKinds(dev)).toEqual(new Set(['cpu', 'gpu', 'tt']))
  })

  it('are cores and those that native/ can look for', async () => {
    const { drivers } = await loadAddon().takeInventory()
    expect(['cpu', ...Object.keys(drivers)].sort()).toEqual([...deviceKinds].sort())
  })
})
