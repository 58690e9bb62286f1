import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Placement } from '@blacksmith/config'
import { checkDevices } from './check-devices'
import { type Lease, leaseDevices, listDevices, listQueue } from './index'
import { CardBox } from './testing/card-box'
import { LeaseBox } from './testing/lease-box'
import { startExecutor } from './testing/start-executor'

const oneCard: Placement = { kind: 'tt', count: 1, threads: 1 }
const first = '0000:02:00.0'
const second = '0000:41:00.0'

let box: LeaseBox
let cards: CardBox
let env: Record<string, string>
beforeEach(() => {
  box = new LeaseBox()
  cards = new CardBox(join(box.folder, 'box')).add(1, first).add(0, second)
  env = { ...box.env, ...cards.env }
})
afterEach(() => box.close())

const lease = (placement: Placement, more: Record<string, string> = {}, onWait?: (line: string) => void) =>
  leaseDevices(placement, {
    project: 'p',
    target: 'train',
    env: { ...env, ...more },
    ...(onWait ? { onWait } : {}),
  })

/** A run on the card, that writes to its node. */
function run(held: Lease, script: string): ChildProcess {
  const [program = '', ...args] = held.command()
  return spawn(program, [...args, 'sh', '-c', script], {
    env: { ...process.env, ...held.environment },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe', ...held.fds],
  })
}

const exited = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve))

/** Leaves the device as a run does whose supervisor and trainer are killed. */
async function endSuddenly(held: Lease): Promise<void> {
  const child = run(held, 'kill -9 $$')
  await exited(child)
  expect(await held.release()).toMatchObject({ clean: false, reason: 'the trainer was ended by Killed' })
}

describe('a lease of cards', () => {
  it('binds the trainer to PCI addresses, and leases cores for its host threads', async () => {
    const held = await lease(oneCard)
    expect(held.ids).toEqual([first])
    expect(held.environment).toMatchObject({
      TT_VISIBLE_DEVICES: first,
      CUDA_VISIBLE_DEVICES: '',
      OMP_NUM_THREADS: '1',
    })
    expect(held.environment).not.toHaveProperty('JAX_PLATFORMS')
    expect(held.fds).toHaveLength(2)
    const listed = await listQueue(env)
    expect(listed.holders).toEqual([expect.objectContaining({ place: 0, pid: process.pid, project: 'p' })])
    expect(listed.holders[0]?.devices.sort()).toEqual([first, 'cpu0'])
    await held.release()
  })

  it('gives 2 devices to 12 runs, never two on one, each the device that it sees, first come first served', async () => {
    const gate = await lease({ ...oneCard, count: 2 })
    const runs = []
    for (let i = 0; i < 12; i++) {
      const script = `
        node=${cards.folder}/dev/tenstorrent/$([ $TT_VISIBLE_DEVICES = ${first} ] && echo 1 || echo 0)
        mkdir ${box.folder}/on-$TT_VISIBLE_DEVICES || exit 9
        echo ${i} >> $node
        sleep 0.05
        rmdir ${box.folder}/on-$TT_VISIBLE_DEVICES`
      const one = box.watch(
        startExecutor(oneCard, ['sh', '-c', script], { env: { ...env, BLACKSMITH_DEVICE: '' } }),
      )
      runs.push(one)
      await one.untilPrinted('waiting')
    }
    expect((await listQueue(env)).waiters.map(({ place }) => place)).toEqual(runs.map((_, i) => i + 1))
    await gate.release()
    const endings = await Promise.all(runs.map((one) => one.untilPrinted('ended')))
    expect(endings.map(({ code }) => code)).toEqual(runs.map(() => 0))
    const bytes = [0, 1].map((node) => readFileSync(cards.node(node), 'utf8').trim().split('\n').map(Number))
    expect(bytes.flat().sort((a, b) => a - b)).toEqual(runs.map((_, i) => i))
    for (const order of bytes) expect(order).toEqual([...order].sort((a, b) => a - b))
  })

  it('takes the device that BLACKSMITH_DEVICE names, and refuses one that is not there with those that are', async () => {
    const held = await lease(oneCard, { BLACKSMITH_DEVICE: second })
    expect(held.ids).toEqual([second])
    await held.release()
    await expect(lease(oneCard, { BLACKSMITH_DEVICE: '0000:99:00.0' })).rejects.toThrow(`${first}, ${second}`)
    await expect(lease({ ...oneCard, count: 3 })).rejects.toThrow('asks for 3 tt devices; this box has: ')
    await expect(lease({ ...oneCard, kind: 'gpu' })).rejects.toThrow(
      'asks for 1 gpu device; this box has: none',
    )
  })

  it('leaves a card alone that a stranger uses, and takes it when the stranger has gone', async () => {
    cards.setProcesses(1, [1])
    const other = await lease(oneCard)
    expect(other.ids).toEqual([second])
    const lines: string[] = []
    const waiting = lease(oneCard, {}, (line) => {
      lines.push(line)
      if (line.includes('without a lease')) cards.setProcesses(1, [])
    })
    const held = await waiting
    expect(held.ids).toEqual([first])
    expect(lines.join('\n')).toMatch(
      new RegExp(`(^|; )${first} is used without a lease by process 1 \\(`, 'm'),
    )
    await held.release()
    await other.release()
  })

  it('checks a card after a sudden end, and gives it out again when it is well', async () => {
    await endSuddenly(await lease(oneCard))
    expect((await listDevices(env)).find(({ id }) => id === first)).toMatchObject({
      state: 'dirty',
      detail: 'the trainer was ended by Killed',
    })
    const held = await lease(oneCard)
    expect(held.ids).toEqual([first])
    expect(await held.release()).toEqual({ clean: true })
    expect((await listDevices(env)).find(({ id }) => id === first)?.state).toBe('free')
  })

  it('sets a sick card aside, uses another, and takes it back when it is well', async () => {
    await endSuddenly(await lease(oneCard))
    cards.setTemperature(first, 99)
    const held = await lease(oneCard)
    expect(held.ids).toEqual([second])
    await held.release()
    expect((await listDevices(env)).find(({ id }) => id === first)).toMatchObject({
      state: 'quarantined',
      detail: 'it is at 99 °C, with a limit of 95 °C',
      remedy: expect.stringContaining('cool down'),
    })
    await expect(lease({ ...oneCard, count: 2 })).rejects.toThrow(
      new RegExp(`^${first} is set aside: it is at 99 °C`),
    )
    cards.setTemperature(first, 40)
    await (await lease({ ...oneCard, count: 2 })).release()
    expect((await listDevices(env)).find(({ id }) => id === first)?.state).toBe('free')
  })

  it('resets a sick card only when that is asked for, and trusts a check instead of the tool', async () => {
    const tools = join(box.folder, 'tools')
    const calls = join(box.folder, 'calls')
    mkdirSync(tools)
    const tool = (effect: string) => {
      writeFileSync(join(tools, 'tt-smi'), `#!/bin/sh\necho "$@" >> ${calls}\n${effect}\nexit 0\n`)
      chmodSync(join(tools, 'tt-smi'), 0o755)
    }
    const asked = { BLACKSMITH_DEVICE: first, BLACKSMITH_RESET: '1', PATH: `${tools}:${process.env.PATH}` }
    tool('true')
    await endSuddenly(await lease(oneCard))
    cards.setTemperature(first, 99)
    await expect(lease(oneCard, { ...asked, BLACKSMITH_RESET: '' })).rejects.toThrow('it is at 99 °C')
    await expect(lease(oneCard, asked)).rejects.toThrow('also after a reset')
    tool(`echo 40000 > ${cards.folder}/sys/devices/pci0000:00/${first}/hwmon/hwmon1/temp1_input`)
    await (await lease(oneCard, asked)).release()
    expect(readFileSync(calls, 'utf8')).toBe(`-r ${first}\n-r ${first}\n`)
  })

  it('records the telemetry of its card and cores', async () => {
    const held = await lease(oneCard)
    const file = join(box.folder, 'telemetry.jsonl')
    held.recordTelemetry(file, 20).stop()
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({
      device: first,
      temperature_celsius: 43.8,
      clock_mhz: 1000,
      power_watts: null,
    })
    expect(lines[1]).toMatchObject({ device: 'cpu', temperature_celsius: null })
    await held.release()
  })

  it('is explained by the doctor: hugepages, access, driver', async () => {
    const checks = await checkDevices({ ...env, PATH: process.env.PATH })
    const byName = Object.fromEntries(checks.map((check) => [check.name, check]))
    expect(byName['tenstorrent driver']).toMatchObject({ state: 'ok', detail: 'tt-kmd 2.9.1' })
    expect(byName[`tenstorrent ${first}`]).toMatchObject({ state: 'ok' })
    expect(byName['tenstorrent memory']).toMatchObject({
      state: 'fault',
      remedy: expect.stringContaining('IOMMU'),
    })
    expect(byName.nvidia).toMatchObject({ state: 'absent' })
  })
})
