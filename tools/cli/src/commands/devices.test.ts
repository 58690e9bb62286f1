import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Lease, leaseDevices } from '@blacksmith/devices'
import type { Command } from 'commander'
import { devicesCommand, doctorCommand, queueCommand } from './devices'

const oneCore = { kind: 'cpu', count: 1, threads: 1 } as const
const before = { ...process.env }

/** A box with a card whose driver says nothing of it, and core 0 held. */
let folder: string
let held: Lease
let printed: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'devices-command-'))
  mkdirSync(join(folder, 'box/dev/tenstorrent'), { recursive: true })
  writeFileSync(join(folder, 'box/dev/tenstorrent/0'), '')
  Object.assign(process.env, {
    BLACKSMITH_LEASE_DIR: join(folder, 'leases'),
    BLACKSMITH_DEVICE_ROOT: join(folder, 'box'),
    BLACKSMITH_NVML: 'libno-such-nvml.so',
    BLACKSMITH_HOME: join(folder, 'home'),
    BLACKSMITH_DEVICE: 'cpu0',
  })
  held = await leaseDevices(oneCore, { project: 'jax-mnist', target: 'train' })
  printed = ''
  jest.spyOn(console, 'log').mockImplementation((text: string) => {
    printed += `${text}\n`
  })
})
afterEach(async () => {
  jest.restoreAllMocks()
  await held.release()
  process.env = { ...before }
  process.exitCode = undefined
  rmSync(folder, { recursive: true })
})

async function run(command: Command, ...args: string[]): Promise<string> {
  await command.parseAsync(args, { from: 'user' })
  return printed
}

test('devices are a table of what is there, who holds it, what is wrong, and what to do', async () => {
  const table = await run(devicesCommand())
  expect(table).toMatch(/^kind +device +model +state +held by, or what is wrong +what to do$/m)
  expect(table).toMatch(
    new RegExp(`^cpu +cpu0 +held +jax-mnist:train of user \\d+, pid ${process.pid} on `, 'm'),
  )
  expect(table).toMatch(/^tt +tenstorrent-0 +faulty +.* names no PCI address +load the kernel driver/m)
})

test('devices --json has null for what the driver does not say', async () => {
  const devices = JSON.parse(await run(devicesCommand(), '--json'))
  expect(devices).toContainEqual(
    expect.objectContaining({
      kind: 'tt',
      id: 'tenstorrent-0',
      model: null,
      firmware: null,
      state: 'faulty',
    }),
  )
  expect(devices).toContainEqual(expect.objectContaining({ id: 'cpu0', state: 'held', model: null }))
})

test('the queue shows who holds and who waits, in the order of their turns', async () => {
  const stop = new AbortController()
  let waits: () => void
  const queued = new Promise<void>((resolve) => {
    waits = resolve
  })
  const waiting = leaseDevices(oneCore, {
    project: 'lightning-mnist',
    target: 'evaluate',
    signal: stop.signal,
    onWait: () => waits(),
  })
  await queued
  const table = await run(queueCommand())
  expect(table).toMatch(/^holds +cpu0 +jax-mnist +train .*\n1 +1 cpu +lightning-mnist +evaluate /m)
  printed = ''
  expect(JSON.parse(await run(queueCommand(), '--json'))).toMatchObject({
    holders: [{ place: 0, devices: ['cpu0'], project: 'jax-mnist', pid: process.pid, abandoned: false }],
    waiters: [{ place: 1, project: 'lightning-mnist', target: 'evaluate' }],
  })
  stop.abort(new Error('no longer wanted'))
  await expect(waiting).rejects.toThrow('no longer wanted')
  await held.release()
  printed = ''
  expect(await run(queueCommand())).toMatch(/^Nobody holds a device or waits for one/)
})

test('the doctor fails where something does not work, each with what to do', async () => {
  const list = await run(doctorCommand())
  expect(list).toMatch(/^check +state +found +what to do$/m)
  expect(list).toMatch(/^tenstorrent tenstorrent-0 +fault +.* +load the kernel driver tt-kmd/m)
  expect(list).toMatch(/^native +ok +the addon is built/m)
  expect(process.exitCode).toBe(1)
  printed = ''
  const checks = JSON.parse(await run(doctorCommand(), '--json'))
  expect(checks).toContainEqual(expect.objectContaining({ name: 'native', state: 'ok', remedy: null }))
})
