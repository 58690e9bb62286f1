import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Placement } from '@blacksmith/config'
import { type Lease, leaseDevices } from './index'
import { CardBox } from './testing/card-box'
import { LeaseBox } from './testing/lease-box'
import { startExecutor } from './testing/start-executor'
import { eventually, processesWith } from './testing/supervised'

const oneCard: Placement = { kind: 'tt', count: 1, threads: 1 }
const address = '0000:02:00.0'
const roundsInProcess = 28
const roundsOfExecutor = 16
const latest = 200

/** A trainer with workers in every shape, of which one has closed the lease's descriptors. */
const trainer = `
  exec >/dev/null 2>&1
  setsid sh -c 'trap "" TERM; sleep 60; sleep 60' 3>&- 4>&- 5>&- 6>&- &
  (sh -c 'nohup sleep 60 >/dev/null 2>&1 &' &)
  sleep 60 &
  sleep 60`

let box: LeaseBox
let cards: CardBox
let env: Record<string, string>
beforeEach(() => {
  box = new LeaseBox()
  cards = new CardBox(join(box.folder, 'box')).add(0, address)
  env = { ...box.env, ...cards.env }
})
afterEach(() => box.close())

const lease = () =>
  leaseDevices(oneCard, { project: 'p', target: 'train', env: { ...env, BLACKSMITH_STOP_GRACE: '0.1' } })
const record = () => readFileSync(join(box.folder, `tt-${address}.lease`), 'utf8')
const tagged = (held: Lease) => processesWith('BLACKSMITH_LEASE', held.environment.BLACKSMITH_LEASE ?? '')
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

function run(held: Lease): ChildProcess {
  const [program = '', ...args] = held.command
  return spawn(program, [...args, 'sh', '-c', trainer], {
    env: { ...process.env, ...held.environment },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe', ...held.fds],
  })
}

type Victim = 'supervisor' | 'inner supervisor' | 'trainer' | 'both supervisors'

/** The pids to kill; empty while that process is not there yet. */
function victims(victim: Victim, held: Lease, outer: number): number[] {
  const tree = tagged(held)
  const inner = tree.find(({ pid, parent }) => parent === outer && pid !== outer)?.pid
  const main = tree.find(({ parent }) => parent === inner)?.pid
  const chosen = {
    supervisor: [outer],
    'inner supervisor': [inner],
    trainer: [main],
    'both supervisors': [outer, inner],
  }[victim]
  return chosen.every((pid) => pid !== undefined) ? (chosen as number[]) : []
}

function kill(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // The death of the one before has taken it along.
    }
  }
}

describe('kill -9 at a random moment', () => {
  it.each<Victim>(['supervisor', 'inner supervisor', 'trainer', 'both supervisors'])(
    `of the %s, ${roundsInProcess} times: nothing is left, and the card is checked and free again`,
    async (victim) => {
      for (let round = 0; round < roundsInProcess; round++) {
        const held = await lease()
        const child = run(held)
        const ended = new Promise((resolve) => child.once('exit', resolve))
        await pause(Math.random() * latest)
        await eventually(() => victims(victim, held, child.pid ?? 0).length > 0)
        kill(victims(victim, held, child.pid ?? 0))
        await ended
        const { clean } = await held.release()
        expect(clean).toBe(false)
        await eventually(() => tagged(held).length === 0, 1)
        expect(tagged(held)).toEqual([])
        expect(record()).toMatch(/state=(running|dirty)/)
        const next = await lease()
        expect(record()).toContain('state=leased')
        expect(await next.release()).toEqual({ clean: true })
      }
    },
    60_000,
  )

  it(`of the executor, ${roundsOfExecutor} times: the run ends in order, and the one who waits gets the card`, async () => {
    const deadline = { ...env, BLACKSMITH_STOP_GRACE: '0.3' }
    let current = box.watch(startExecutor(oneCard, ['sh', '-c', trainer], { env: deadline }))
    await current.told('granted')
    for (let round = 0; round < roundsOfExecutor; round++) {
      const next = box.watch(startExecutor(oneCard, ['sh', '-c', trainer], { env: deadline }))
      await next.told('waiting')
      await pause(Math.random() * latest)
      const before = Date.now()
      current.process.kill('SIGKILL')
      const granted = await next.told('granted')
      // The grace, the end of the tree, and the next look of the one who waits.
      expect(granted.time - before).toBeLessThan(300 + 2000)
      expect(record()).toContain(`pid=${next.process.pid}\n`)
      current = next
    }
  }, 120_000)

  it('of executor and both supervisors together: who asks next finds and ends what is left', async () => {
    const dead = box.watch(startExecutor(oneCard, ['sh', '-c', trainer], { env }))
    const { supervisor } = await dead.told('granted')
    const name = () => /^lease=(.*)$/m.exec(record())?.[1] ?? ''
    const left = () => processesWith('BLACKSMITH_LEASE', name())
    await eventually(() => record().includes('state=running') && left().length >= 6)
    const tree = left()
    const inner = tree.find(({ pid, parent }) => parent === supervisor && pid !== supervisor)?.pid
    const leaseName = name()
    dead.process.kill('SIGSTOP')
    kill([supervisor as number, inner as number, dead.process.pid as number])
    await dead.ended
    // The workers live on, and one of them holds the card.
    expect(processesWith('BLACKSMITH_LEASE', leaseName).length).toBeGreaterThan(0)
    const next = await lease()
    expect(processesWith('BLACKSMITH_LEASE', leaseName)).toEqual([])
    await next.release()
  })
})
