import { readCommandLine } from './command-line'

const experiments = new Set(['lightning-mnist', 'jax-mnist'])
const read = (line: string) => readCommandLine(line.split(' '), experiments)

test.each([
  ['run lightning-mnist:train'],
  ['train lightning-mnist'],
  ['run --parallel 2 lightning-mnist:train --threads 1'],
  ['run-many -t train -p lightning-mnist'],
  ['run-many -t=train -p=lightning-mnist'],
  ['run-many --targets train evaluate --projects=lightning-mnist'],
])('%s names its experiment', (line) => {
  expect(read(line).projects).toEqual(['lightning-mnist'])
})

test('several experiments are named in one word or in several', () => {
  expect(read('run-many -t train -p lightning-mnist,jax-mnist').projects).toHaveLength(2)
  expect(read('run-many -t train -p lightning-mnist jax-mnist').projects).toHaveLength(2)
})

test.each([
  ['run-many -t train'],
  ['affected -t train --base main'],
  ['run-many -t train -p lightning-*'],
  ['run-many -t train --projects tag:framework:jax'],
  ['affected -t train --exclude jax-mnist'],
])('%s leaves open which', (line) => {
  expect(read(line).projects).toBeUndefined()
})

test('a configuration is a flag, short or long, or the third part of a task', () => {
  expect(read('run lightning-mnist:train -c full').configuration).toBe('full')
  expect(read('run lightning-mnist:train --configuration=full').configuration).toBe('full')
  expect(read('run lightning-mnist:train:full').configuration).toBe('full')
  expect(read('run lightning-mnist:train -c=full').configuration).toBe('full')
  expect(read('run lightning-mnist:train').configuration).toBeUndefined()
})

test('every --set is read, and words that follow one', () => {
  const { set } = read('run lightning-mnist:train --set a.b=1 c.d=2 --set=e.f=3')
  expect(set).toEqual(expect.arrayContaining(['a.b=1', 'c.d=2', 'e.f=3']))
})
