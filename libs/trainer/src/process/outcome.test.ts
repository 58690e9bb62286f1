import { makeTree, removeTrees } from '../testing/tree'
import { memoryKills } from './out-of-memory'
import { type Evidence, outcomeOf } from './outcome'

afterAll(removeTrees)

const evidence: Evidence = {
  verdict: undefined,
  started: true,
  stopped: false,
  late: undefined,
  memoryKill: undefined,
  lastLines: [],
}

test('a kill while the kernel was out of memory is told as that', () => {
  const killed = outcomeOf({ code: null, signal: 'SIGKILL' }, { ...evidence, memoryKill: true })
  expect(killed).toMatchObject({
    failure: { kind: 'out-of-memory', remedy: expect.stringContaining('batch size') },
  })
  const unknown = outcomeOf({ code: null, signal: 'SIGKILL' }, evidence)
  expect(unknown).toMatchObject({ failure: { kind: 'crashed', remedy: expect.stringContaining('dmesg') } })
})

test('a signal that somebody between told as a status is named', () => {
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
