import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '../job'
import { createCheckpointSender } from './remote-checkpoints'
import { checkpointFolder } from './working-state'

const area = mkdtempSync(join(tmpdir(), 'blacksmith-sender-'))
const place = join(area, 'place')
afterAll(() => rmSync(area, { recursive: true, force: true }))

/** Time as the test has it. */
let now = 0
beforeEach(() => {
  now = 0
  jest.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => jest.restoreAllMocks())

/** A sender, and a remote that answers when the test says so. */
function sender(scope = 'trusted', enforced = 'landlock 7') {
  const asked: { step: number; folder: string; signal: AbortSignal; answer: (goOn: boolean) => void }[] = []
  const shared = {
    remote: { scope },
    sendCheckpoint: (_key: string, o: { step: number; folder: string }, signal: AbortSignal) =>
      new Promise<boolean>((answer) => asked.push({ ...o, signal, answer })),
  }
  const notes: string[] = []
  const session = { display: { note: (line: string) => notes.push(line) } }
  const job = { shared, key: 'k', session } as unknown as Job
  const created = createCheckpointSender(job, { work: area, place, enforced })
  const checkpoint = (step: number) => {
    const path = checkpointFolder(area, step)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'state.json'), `${step}`)
    created.event({ event: 'checkpoint', step, path, seconds: 0, time: 0 })
  }
  const answer = async (goOn = true) => {
    asked.at(-1)?.answer(goOn)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { ...created, asked, notes, checkpoint, answer, steps: () => asked.map(({ step }) => step) }
}

test('sending takes at most 2 % of the time, one at a time, and always the newest', async () => {
  const { checkpoint, answer, steps, end } = sender()
  checkpoint(1)
  now = 1000
  checkpoint(2)
  expect(steps()).toEqual([1])
  await answer()
  now = 50_000
  checkpoint(3)
  expect(steps()).toEqual([1])
  now = 51_000
  checkpoint(4)
  expect(steps()).toEqual([1, 4])
  await answer()
  await end(true)
})

test('a checkpoint stays readable while it is sent, also where the trainer has removed it', async () => {
  const { asked, checkpoint, answer, end } = sender()
  checkpoint(1)
  rmSync(checkpointFolder(area, 1), { recursive: true })
  expect(readdirSync(asked[0]?.folder ?? '')).toEqual(['state.json'])
  await answer()
  await end(true)
  expect(existsSync(place)).toBe(false)
})

test('a training that ends well waits for nothing, and what is being sent is broken off', async () => {
  const { asked, checkpoint, answer, end } = sender()
  checkpoint(1)
  const ended = end(true)
  expect(asked[0]?.signal.aborted).toBe(true)
  await answer()
  await ended
  expect(asked).toHaveLength(1)
})

test('one that is stopped has its last checkpoint sent, without regard to the time', async () => {
  const { checkpoint, answer, steps, end } = sender()
  checkpoint(1)
  now = 1000
  await answer()
  checkpoint(2)
  const ended = end(false)
  await new Promise((resolve) => setImmediate(resolve))
  expect(steps()).toEqual([1, 2])
  await answer()
  await ended
})

test('no more is sent where that makes no sense, or where a checkpoint cannot be read', async () => {
  const refused = sender()
  refused.checkpoint(1)
  await refused.answer(false)
  refused.checkpoint(2)
  expect(refused.steps()).toEqual([1])
  await refused.end(false)
  const gone = sender()
  gone.event({ event: 'checkpoint', step: 99, path: '', seconds: 0, time: 0 })
  await gone.end(false)
  expect(gone.notes.join()).toMatch(/checkpoints are not sent any more: ENOENT/)
})

test('what runs without its box does not become trusted', async () => {
  const inTheOpen = sender('trusted', 'nothing (BLACKSMITH_BOX=off)')
  inTheOpen.checkpoint(1)
  expect(inTheOpen.steps()).toEqual([])
  const ofRequest = sender('pr-7', 'nothing (BLACKSMITH_BOX=off)')
  ofRequest.checkpoint(1)
  expect(ofRequest.steps()).toEqual([1])
  await ofRequest.answer()
  await ofRequest.end(true)
})
