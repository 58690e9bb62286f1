import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { experimentFolders } from '@blacksmith/config/header'
import { readCommandLine } from './command-line'
import { refuseUnknownConfiguration } from './refuse-unknown-configuration'

const root = mkdtempSync(join(tmpdir(), 'blacksmith-hook-'))
for (const [directory, configuration] of [
  ['experiments/lightning/big-mnist', 'full'],
  ['experiments/jax/small', 'quick'],
]) {
  mkdirSync(join(root, `${directory}/configs`), { recursive: true })
  writeFileSync(join(root, `${directory}/experiment.yaml`), '')
  writeFileSync(join(root, `${directory}/configs/${configuration}.yaml`), '')
}
afterAll(() => rmSync(root, { recursive: true, force: true }))

const refuse = (line: string) => () => {
  const experiments = experimentFolders(root)
  const commandLine = readCommandLine(line.split(' '), new Set(experiments.keys()))
  refuseUnknownConfiguration(root, commandLine, experiments)
}

test.each([
  ['run lightning-big-mnist:train -c ful'],
  ['run lightning-big-mnist:train --configuration=ful'],
  ['run lightning-big-mnist:train:ful'],
  ['train lightning-big-mnist -c ful'],
  ['run --set a=1 lightning-big-mnist:train -c ful'],
  ['run-many -t train -p lightning-big-mnist -c ful'],
])('%s is refused with the nearest configuration', (line) => {
  expect(refuse(line)).toThrow(/configs\/ful\.yaml.*\n.*did you mean full\?/)
})

test.each([
  ['run-many -t train -c ful'],
  ['run-many -t=train -c=ful'],
  ['affected --targets=train,evaluate --configuration=ful'],
  ['run-many -t train -p tag:x -c ful'],
])('%s is refused, since no experiment has it', (line) => {
  expect(refuse(line)).toThrow(
    /--configuration=ful.*no experiment.*\n.*did you mean full\? \(there are: full, quick\)/,
  )
})

test('each named experiment that lacks the configuration is named in the error', () => {
  expect(refuse('run-many -t train -p lightning-big-mnist,jax-small -c full')).toThrow(
    /jax\/small\/configs\/full/,
  )
})

test.each([
  ['run lightning-big-mnist:train -c full'],
  ['run lightning-big-mnist:train:full'],
  ['run lightning-big-mnist:train'],
  ['run another-project:build -c production'],
  ['run-many -t build -c production'],
  ['run-many -t train -c full'],
  ['affected -t train -c default'],
])('%s goes on', (line) => {
  expect(refuse(line)).not.toThrow()
})
