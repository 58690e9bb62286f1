import { bareParameters } from './bare-parameters'

const pathsOf = (name: string) =>
  name === 'batch_size' ? ['training.batch_size', 'evaluation.batch_size'] : []
const remedies = (line: string) => bareParameters(line.split(' '), pathsOf).map(({ remedy }) => remedy)

test.each([
  ['run p:train --training.epochs=3', ['write --set training.epochs=3']],
  ['run p:train --training.epochs 3', ['write --set training.epochs=3']],
  ['run p:train --training.shuffle --verbose', ['write --set training.shuffle=<value>']],
  ['run p:train training.epochs=3', ['write --set training.epochs=3']],
  ['run p:train --set training.epochs=3 model.hidden=[8]', ['write --set model.hidden=[8]']],
  ['run p:train -- --acceptance.accuracy.at_least=1', ['write --set acceptance.accuracy.at_least=1']],
  ['run p:sweep --grid training.seed=0..9 model.hidden=[8]', ['write --set model.hidden=[8]']],
  ['run p:train --batch-size=8', ['write --set training.batch_size=8, or --set evaluation.batch_size=8']],
])('%s sets a parameter without --set', (line, expected) => {
  expect(remedies(line)).toEqual(expected)
})

test.each([
  ['run p:train --set training.epochs=3 --set=model.hidden=[8] -c full'],
  ['run p:train --parallel=3 --output-style stream --device=cpu'],
  ['affected -t train --files training.py,model.py --base=main'],
  ['run training.x:train'],
])('%s does not', (line) => {
  expect(remedies(line)).toEqual([])
})
