import { hint, nearest } from './nearest'

const keys = ['epochs', 'batch_size', 'learning_rate', 'seed', 'sgd']

test.each([
  ['epocs', 'epochs'],
  ['sed', 'seed'],
  ['sdg', 'sgd'],
  ['Epochs', 'epochs'],
  ['batchsize', 'batch_size'],
  ['batch', 'batch_size'],
  ['leraning_rate', 'learning_rate'],
])('%s is nearest to %s', (word, key) => {
  expect(nearest(word, keys)).toBe(key)
})

test('nothing is near to a word of its own', () => {
  expect(nearest('momentum', keys)).toBeUndefined()
  expect(nearest('x', [])).toBeUndefined()
})

test('a hint names the nearest and all accepted words', () => {
  expect(hint('sed', ['seed', 'lr'])).toBe('did you mean seed? (accepted: seed, lr)')
  expect(hint('foo', ['seed', 'lr'])).toBe('accepted: seed, lr')
  expect(hint('foo', [])).toBe('nothing is accepted here')
  expect(hint('foo', [], 'there are')).toBe('there are none')
})
