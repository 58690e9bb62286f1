import { makeTree, removeTrees } from '../../config/src/testing/tree'
import { memoryKills } from './out-of-memory'
import { type Evidence, outcomeOf } from './outcome'

afterAll(removeTrees)

const evidence: Evidence = {
  verdict: undefined,
  started: true,
  stopped: false,
  late: undefined,
  memoryKill: undefined,
  reached: {},
  lastLines: [],
}

test('a kill while the kernel was out of memory is reported as that', () => {
  const killed = outcomeOf({ code: null, signal: 'SIGKILL' }, { ...evidence, memoryKill: true })
  expect(killed).toMatchObject({
    failure: { kind: 'out-of-memory', remedy: expect.stringContaining('batch size') },
  })
  const unknown = outcomeOf({ code: null, signal: 'SIGKILL' }, evidence)
  expect(unknown).toMatchObject({ failure: { kind: 'crashed', remedy: expect.stringContaining('dmesg') } })
})

test('a signal that somebody between passed on as a status is named', () => {
  expect(outcomeOf({ code: 128 + 11, signal: null }, evidence)).toMatchObject({
    failure: { message: 'the trainer ended by SIGSEGV, a crash in native code' },
  })
})

test('the kernel’s count of its kills is read where there is one', () => {
  const folder = makeTree({ vmstat: 'pgfault 12\noom_kill 3\noom_kill_other 9\n', old: 'pgfault 12\n' })
  expect(memoryKills(`${folder}/vmstat`)).toBe(3)
  expect(memoryKills(`${folder}/old`)).toBeUndefined()
  expect(memoryKills(`${folder}/none`)).toBeUndefined()
})

describe('a stop says how far the run was, and what the same command does', () => {
  const verdict = { event: 'failed', time: 1, kind: 'stopped', message: 'interrupted' }
  const message = (reached: Evidence['reached'], more: Partial<Evidence> = { verdict }) => {
    const end = { code: more.verdict ? 75 : null, signal: more.verdict ? null : ('SIGKILL' as const) }
    return outcomeOf(end, { ...evidence, ...more, reached })
  }

  test.each([
    [
      { step: 5690, of: 11250, kept: 5700 },
      'stopped at step 5,700 of 11,250; the same command continues from there',
    ],
    [{ step: 5700, kept: 5000 }, 'stopped at step 5,700; the same command continues from step 5,000'],
    [{ step: 7, of: 10 }, 'stopped at step 7 of 10; the same command begins again'],
    [{}, 'stopped; the same command begins again'],
  ])('of %j', (reached, words) => {
    expect(message(reached)).toMatchObject({ failure: { kind: 'stopped', message: words } })
  })

  test('also of one that did not listen', () => {
    const unresponsive = message({ step: 70, kept: 50 }, { stopped: true })
    expect(unresponsive).toMatchObject({
      failure: { message: expect.stringMatching(/was killed; the same command continues from step 50$/) },
    })
  })
})
