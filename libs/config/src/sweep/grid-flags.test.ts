import { z } from 'zod'
import { defineExperiment } from '../structure/define-experiment'
import { role } from '../structure/role'
import { gridSpace } from './grid-flags'

const structure = defineExperiment({
  dataset: z.object({}),
  model: z.object({ hidden: z.array(z.int()), activation: z.string() }),
  training: z.object({
    seed: z.int().min(0),
    rate: z.number(),
    optimizer: z.enum(['adam', 'sgd']),
    quiet: role('reporting', z.boolean()),
  }),
})
const choices = (...entries: unknown[]) =>
  gridSpace(entries, structure).map(({ path, choices }) => [path, choices])

test('a grid is ranges and lists of values, as Nx hands them over', () => {
  expect(choices('training.seed=0..3')).toEqual([['training.seed', [0, 1, 2, 3]]])
  expect(choices('training.rate=0.1', 0.01, '1e-3')).toEqual([['training.rate', [0.1, 0.01, 0.001]]])
  expect(choices('training.optimizer=adam,sgd', 'training.seed=5,7..8')).toEqual([
    ['training.optimizer', ['adam', 'sgd']],
    ['training.seed', [5, 7, 8]],
  ])
  expect(choices('model.hidden=[64', '64]', '[128]')).toEqual([['model.hidden', [[64, 64], [128]]]])
  expect(choices('model.activation=8')).toEqual([['model.activation', ['8']]])
})

test.each([
  [
    ['training.sed=1'],
    '--grid training.sed=1  training.sed  sed is not a known key of training\n  did you mean seed?',
  ],
  [['training.seed=1', '-2'], '--grid training.seed=-2  training.seed  is -2, below 0'],
  [['training.seed=9..0'], '--grid training.seed=9..0  ends before it begins'],
  [['training.seed=1', 'training.seed=2'], 'is given twice'],
  [['training.quiet=true,false'], 'shapes no result'],
  [['7'], '--grid 7  names no parameter'],
  [[], '--grid  is missing'],
])('%j is refused', (entries, words) => {
  expect(() => gridSpace(entries, structure)).toThrow(words)
})
