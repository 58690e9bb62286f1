import { ConditionError, parseCondition } from './condition'

const values: Record<string, number | string | boolean> = {
  'training.batch_size': 64,
  'training.epochs': 3,
  'training.optimizer': 'sgd',
  'model.norm': true,
}
const holds = (text: string) => parseCondition(text).holds((path) => values[path])

test.each([
  ['training.batch_size * training.epochs <= 192', true],
  ['training.batch_size * (training.epochs + 1) <= 192', false],
  ['training.batch_size / 2 - 1 == 31', true],
  ['-training.epochs > -4', true],
  ["training.optimizer == 'sgd' and training.epochs != 4", true],
  ['training.optimizer == "adam" or not model.norm', false],
  ['not (training.epochs < 2 or training.epochs > 5)', true],
  ['training.epochs >= 1e0 and training.epochs < 3.5', true],
  // What cannot be compared is not met.
  ['training.optimizer < 3', false],
  ['training.nowhere > 1', false],
])('%s is %s', (text, expected) => {
  expect(holds(text)).toBe(expected)
})

test('a condition names its parameters', () => {
  expect(parseCondition('a.b + c < 2').paths).toEqual(['a.b', 'c'])
})

test.each([
  ['a.b <', 'ends too early'],
  ['(a.b < 2', 'has a bracket that is not closed'],
  ['a.b < 2 c', 'cannot be read from c on'],
  ['a.b ** 2 < 3', 'has * where a value should stand'],
  ['process.exit(1)', 'cannot be read from ( on'],
  ['a.b < $HOME', 'cannot be read from $HOME on'],
])('%s is no condition: it %s', (text, message) => {
  expect(() => parseCondition(text)).toThrow(new ConditionError(message))
})
