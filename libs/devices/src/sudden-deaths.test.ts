import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Placement } from '@blacksmith/config'
import { type Lease, leaseDevices } from './index'
import { CardBox } from './testing/card-box'
import { LeaseBox } from './testing/lease-box'
import { startExecutor } from './testing/start-executor'
import { eventually, killAll, processesWith } from './testing/supervised'
import { trainerWithWorkers } from './testing/trainer-with-workers'

const oneCard: Placement = { kind: 'tt', count: 1, threads: 1 }
const address = '0000:02:00.0'
const roundsInProcess = 28
const roundsOfExecutor = 16
/** In ms: until then the trainer has started its workers, on a machine with nothing else to do. */
const latest = 500

let box: LeaseBox
let cards: CardBox
let env: Record<string, string>
let trainer: string[]
beforeEach(() => {
  box = new LeaseBox()
  cards = new CardBox(join(box.folder, 'box')).add(0, address)
  env = { ...box.env, ...cards.env }
  trainer = trainerWithWorkers(join(box.folder, 'trainer'))
})
afterEach(() => box.close())

const lease = () =>
  leaseDevices(oneCard, { project: 'p', target: 'train', env: { ...env, BLACKSMITH_STOP_GRACE: '0.1' } })
const record = () => readFileSync(join(box.folder, `tt-${address}.lease`), 'utf8')
const leaseName = () => /^lease=(.*)$/m.exec(record())?.[1] ?? ''
const tagged = (held: Lease) => processesWith('BLACKSMITH_LEASE', held.environment.BLACKSMITH_LEASE ?? '')
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

function run(held: Lease): ChildProcess {
  const [program = '', ...args] = held.command()
  return spawn(program, [...args, ...trainer], {
    env: { ...process.env, ...held.environment },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe', ...held.fds],
  })
}

type Victim = 'the supervisor' | 'the inner supervisor' | 'the trainer' | 'both supervisors'

/** The pids to kill; empty while that process is not there yet. */
function victims(victim: Victim, held: Lease, outer: number): number[] {
  const tree = tagged(held)
  const inner = tree.find(({ pid, parent }) => parent === outer && pid !== outer)?.pid
  const main = tree.find(({ parent }) => parent === inner)?.pid
  const chosen = {
    'the supervisor': [outer],
    'the inner supervisor': [inner],
    'the trainer': [main],
    'both supervisors': [outer, inner],
  }[victim]
  return chosen.every((pid) => pid !== undefined) ? (chosen as number[]) : []
}

describe('kill -9 at a random moment', () => {
  it.each<Victim>(['the supervisor', 'the inner supervisor', 'the trainer', 'both supervisors'])(
    `of %s, ${roundsInProcess} times: nothing is left, and the card is checked and free again`,
    async (victim) => {
      for (let round = 0; round < roundsInProcess; round++) {
        const held = await lease()
        const child = run(held)
        const ended = new Promise((resolve) => child.once('exit', resolve))
        await pause(Math.random() * latest)
        // Those that were found, not a second look: a process that starts a program is nameless for a moment.
        let found: number[] = []
        await eventually(() => {
          found = victims(victim, held, child.pid ?? 0)
          return found.length > 0
        })
        killAll(found)
        await ended
        const { clean } = await held.release()
        expect(clean).toBe(false)
        await eventually(() => tagged(held).length === 0)
        expect(tagged(held)).toEqual([])
        expect(record()).toMatch(/state=(running|dirty)/)
        const next = await lease()
        expect(record()).toContain('state=leased')
        expect(await next.release()).toEqual({ clean: true })
      }
    },
    300_000,
  )

  it(`of the executor, ${roundsOfExecutor} times: the run ends in order, and the one who waits gets the card`, async () => {
    const deadline = { ...env, BLACKSMITH_STOP_GRACE: '0.3' }
    let current = box.watch(startExecutor(oneCard, trainer, { env: deadline }))
    await current.untilPrinted('granted')
    for (let round = 0; round < roundsOfExecutor; round++) {
      const next = box.watch(startExecutor(oneCard, trainer, { env: deadline }))
      await next.untilPrinted('waiting')
      await pause(Math.random() * latest)
      const name = leaseName()
      current.process.kill('SIGKILL')
      await eventually(() => processesWith('BLACKSMITH_LEASE', name).length === 0)
      expect(processesWith('BLACKSMITH_LEASE', name)).toEqual([])
      await next.untilPrinted('granted')
      expect(record()).toContain(`pid=${next.process.pid}\n`)
      current = next
    }
  }, 300_000)

  it('of executor and both supervisors together: who asks next finds and ends what is left', async () => {
    const dead = box.watch(startExecutor(oneCard, trainer, { env }))
    const { supervisor } = await dead.untilPrinted('granted')
    const left = () => processesWith('BLACKSMITH_LEASE', leaseName())
    await eventually(() => left().filter(({ command }) => command === 'sleep').length >= 2)
    const tree = left()
    const inner = tree.find(({ pid, parent }) => parent === supervisor && pid !== supervisor)?.pid
    if (typeof supervisor !== 'number' || inner === undefined) throw new Error('there is no supervisor')
    const name = leaseName()
    // Stopped, neither notices the death of another. (A stopped inner one would be woken by the outer's death:
    // the kernel continues a group of processes that is stopped as it loses its parent.)
    dead.process.kill('SIGSTOP')
    process.kill(supervisor, 'SIGSTOP')
    killAll([inner, supervisor, dead.process.pid as number])
    await dead.ended
    // The workers live on, and one of them holds the card.
    expect(processesWith('BLACKSMITH_LEASE', name).length).toBeGreaterThan(0)
    const next = await lease()
    expect(processesWith('BLACKSMITH_LEASE', name)).toEqual([])
    await next.release()
  })
})
