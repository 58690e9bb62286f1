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

test.each([
  ['run lightning-mnist:train --set a.b=1'],
  ['run lightning-mnist:train --set=a.b=1'],
  ['run lightning-mnist:train --device gpu'],
  ['run lightning-mnist:train --devices=2'],
  ['run-many -t train --threads 1'],
  ['run lightning-mnist:train -- --set a.b=1'],
  ['run lightning-mnist:train --args="--set=a.b=1"'],
])('%s has a flag that shapes the result', (line) => {
  expect(read(line).flagged).toBe(true)
})

test.each([
  ['run lightning-mnist:train'],
  ['run lightning-mnist:train -c full'],
  ['run lightning-mnist:train --parallel 2 --outputStyle=stream'],
])('%s has none', (line) => {
  expect(read(line).flagged).toBe(false)
})

test('a request to do without Nx’s cache is known in its spellings', () => {
  expect(read('run lightning-mnist:train --skip-nx-cache').fresh).toBe(true)
  expect(read('run lightning-mnist:train --skipNxCache').fresh).toBe(true)
  expect(read('run lightning-mnist:train').fresh).toBe(false)
  // As Nx's own parser takes them.
  for (const flag of [
    '--skip-nx-cache=false',
    '--skip-nx-cache false',
    '--skip-nx-cache=1',
    '--no-skip-nx-cache',
    '-- --skip-nx-cache',
  ])
    expect(read(`run lightning-mnist:train ${flag}`).fresh).toBe(false)
})
