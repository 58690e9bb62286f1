import { resolve } from 'node:path'
import { experimentFolders } from '@blacksmith/config/header'
import { readCommandLine } from './command-line'
import { refuseBareParameters } from './refuse-bare-parameters'

const repository = resolve(__dirname, '../../../..')

const refuse = (line: string) => () => {
  const experiments = experimentFolders(repository)
  const words = line.split(' ')
  refuseBareParameters(repository, words, readCommandLine(words, new Set(experiments.keys())), experiments)
}

test.each([
  ['run lightning-mnist:train --training.epochs=3', '--set training.epochs=3'],
  ['train lightning-mnist training.epochs=3', '--set training.epochs=3'],
  ['run-many -t train --training.epochs 3', '--set training.epochs=3'],
  ['run lightning-mnist:train --epochs=3', '--set training.epochs=3'],
  ['run lightning-mnist:train --learning-rate 0.1', '--set training.learning_rate=0.1'],
])('%s is refused with %s', (line, remedy) => {
  expect(refuse(line)).toThrow(remedy)
})

test.each([
  ['run lightning-mnist:train --set training.epochs=3 --device=cpu --nxBail'],
  ['run-many -t test --training.epochs=3'],
  ['run-many -t train --epochs=3'],
])('%s is left to Nx', (line) => {
  expect(refuse(line)).not.toThrow()
})
