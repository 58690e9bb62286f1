import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { experimentFolders } from '@blacksmith/config/header'
import { readCommandLine } from './command-line'
import { outsideInputs } from './outside-inputs'

const root = mkdtempSync(join(tmpdir(), 'blacksmith-outside-'))
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
afterAll(() => rmSync(root, { recursive: true, force: true }))

write('experiments/lightning/plain/experiment.yaml', 'dataset: {name: mnist}\n')
write('experiments/lightning/own/experiment.yaml', 'dataset: {name: mnist}\n')
write('experiments/lightning/own/configs/mine.yaml', 'dataset: {path: data/mine}\n')
write('experiments/lightning/broken/experiment.yaml', 'dataset: {path: [\n')

const outside = (...words: string[]) => {
  const experiments = experimentFolders(root)
  return outsideInputs(root, readCommandLine(words, new Set(experiments.keys())), experiments)
}

beforeEach(() => {
  rmSync(join(root, 'data'), { recursive: true, force: true })
  write('data/mine/a.idx', 'some bytes')
})

test('a command without data of its own depends on nothing outside', () => {
  expect(outside('run', 'lightning-plain:train')).toBe('')
  expect(outside('run', 'lightning-broken:train')).toBe('')
})

test.each([
  ['by an overlay', ['run', 'lightning-own:train']],
  ['by a command that may run it', ['run-many', '-t', 'train']],
  ['by a flag', ['run', 'lightning-plain:train', '--set', 'dataset.path=data/mine']],
  ['in quotes', ['run', 'lightning-plain:train', '--set=dataset.path="data/mine"']],
  [
    'beside another value',
    ['run', 'lightning-plain:train', '--set', 'dataset.path=data/mine,training.epochs=2'],
  ],
  ['as a file', ['run', 'lightning-plain:train', '--set', 'dataset.path=data/mine/a.idx']],
])('of data named %s a changed byte is seen, also behind an old time', (_how, words) => {
  const before = outside(...words)
  expect(before).not.toBe('')
  expect(outside(...words)).toBe(before)
  write('data/mine/a.idx', 'same bytes')
  utimesSync(join(root, 'data/mine/a.idx'), new Date(0), new Date(0))
  expect(outside(...words)).not.toBe(before)
})

test('a new file, and data that appear, are seen', () => {
  const before = outside('run', 'lightning-own:train')
  write('data/mine/b.idx', '')
  const after = outside('run', 'lightning-own:train')
  rmSync(join(root, 'data'), { recursive: true })
  expect(new Set([before, after, outside('run', 'lightning-own:train')]).size).toBe(3)
})

test('data that cannot be looked at stop nobody', () => {
  rmSync(join(root, 'data/mine'), { recursive: true })
  // A link to itself is as unreadable for root as for anybody else.
  symlinkSync('mine', join(root, 'data/mine'))
  expect(outside('run', 'lightning-own:train')).toMatch(/^[0-9a-f]{64}$/)
})

test('what auto means on this box is told, a kind that was asked for is not', () => {
  expect(outside('run', 'lightning-plain:train', '--device=auto')).not.toBe('')
  expect(outside('run', 'lightning-plain:train', '--device=cpu')).toBe('')
})
