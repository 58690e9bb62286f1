import { MetricsReader } from './read-metrics'

test('the curves of a metric stand together, one for each split', () => {
  const reader = new MetricsReader()
  reader.add({ step: 1, split: 'train', values: { loss: 2 }, seconds: 0.5 })
  reader.add({ step: 1, split: 'validation', values: { loss: 3, accuracy: 0.1 }, seconds: 0.6 })
  reader.add({ step: 2, split: 'train', values: { loss: 1 }, seconds: 0.9 })
  expect(
    reader
      .curves()
      .map(({ metric, curves }) => [metric, curves.map((each) => [each.name, each.mean, each.seconds])]),
  ).toEqual([
    [
      'loss',
      [
        ['train', [2, 1], [0.5, 0.9]],
        ['validation', [3], [0.6]],
      ],
    ],
    ['accuracy', [['validation', [0.1], [0.6]]]],
  ])
})

test('what is no record of a step is passed over, and what is no number is a gap', () => {
  const reader = new MetricsReader()
  for (const line of [null, 3, 'x', [], {}, { step: 'one', values: { a: 1 } }, { step: 1, values: null }]) {
    reader.add(line)
  }
  expect(reader.curves()).toEqual([])
  reader.add({ step: 1, values: { loss: 'NaN', __proto__: null } })
  expect(reader.curves()).toMatchObject([{ metric: 'loss', curves: [{ mean: [null], notFinite: 1 }] }])
})

test('a run with endlessly many names is bounded, and says how many were left out', () => {
  const reader = new MetricsReader()
  for (let index = 0; index < 100; index += 1) reader.add({ step: 1, values: { [`m${index}`]: 1 } })
  expect(reader.curves()).toHaveLength(60)
  expect(reader.leftOut).toBe(40)
})
