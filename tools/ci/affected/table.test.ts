import { resultsTable } from './table'

const results = (accuracy: number, at_least = 0.9) => ({
  metrics: { loss: 0.1, accuracy },
  acceptance: { accuracy: { at_least, met: accuracy >= at_least } },
  accepted: accuracy >= at_least,
})
const rows = (...compared: Parameters<typeof resultsTable>[0]) => resultsTable(compared).split('\n').slice(2)

test('each metric stands beside the base branch’s, the judged ones first', () => {
  expect(rows({ project: 'a', now: results(0.95), base: results(0.93) })).toEqual([
    '| a | accuracy | 0.93 | 0.95 | +0.02 | ≥ 0.9 | met |',
    '|  | loss | 0.1 | 0.1 | equal |  |  |',
  ])
})

test('a missed threshold and a failed run stand out', () => {
  expect(rows({ project: 'a', now: results(0.8), base: undefined })[0]).toBe(
    '| a | accuracy | – | 0.8 |  | ≥ 0.9 | **not met** |',
  )
  expect(rows({ project: 'a', now: undefined, base: results(0.9) })).toEqual([
    '| a |  |  |  |  |  | **failed** |',
  ])
})

test('a bar in a name does not break the table', () => {
  const now = { metrics: { 'a|b': 1 }, acceptance: {}, accepted: true }
  expect(rows({ project: 'p', now, base: now })).toEqual(['| p | a\\|b | 1 | 1 | equal |  |  |'])
})
