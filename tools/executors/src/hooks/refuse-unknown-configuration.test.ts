import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refuseUnknownConfiguration } from './refuse-unknown-configuration'

const root = mkdtempSync(join(tmpdir(), 'blacksmith-hook-'))
const directory = join(root, 'experiments/lightning/big-mnist')
mkdirSync(join(directory, 'configs'), { recursive: true })
writeFileSync(join(directory, 'experiment.yaml'), '')
writeFileSync(join(directory, 'configs/full.yaml'), '')
afterAll(() => rmSync(root, { recursive: true, force: true }))

const refuse =
  (...argv: string[]) =>
  () =>
    refuseUnknownConfiguration(root, argv)

test.each([
  [['run', 'lightning-big-mnist:train', '-c', 'ful']],
  [['run', 'lightning-big-mnist:train', '--configuration=ful']],
  [['run', 'lightning-big-mnist:train:ful']],
  [['train', 'lightning-big-mnist', '-c', 'ful']],
  [['run', '--set', 'a=1', 'lightning-big-mnist:train', '-c', 'ful']],
])('%j is refused with the nearest configuration', (argv) => {
  expect(refuse(...argv)).toThrow(/configs\/ful\.yaml.*did you mean full\?/)
})

test.each([
  [['run', 'lightning-big-mnist:train', '-c', 'full']],
  [['run', 'lightning-big-mnist:train:full']],
  [['run', 'lightning-big-mnist:train']],
  [['run', 'another-project:build', '-c', 'production']],
  [['run-many', '-t', 'train', '-c', 'full']],
])('%j goes on', (argv) => {
  expect(refuse(...argv)).not.toThrow()
})
