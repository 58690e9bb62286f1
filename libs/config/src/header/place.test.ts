import { refusals } from '../testing/workspace'
import type { Header } from './header'
import { place } from './place'

const header: Header = {
  directory: 'experiments/lightning/mnist',
  framework: 'lightning',
  name: 'mnist',
  project: 'lightning-mnist',
  description: 'x',
  dataset: 'mnist',
  model: 'mlp',
  devices: ['gpu', 'cpu'],
  threads: 2,
  inputs: [],
  variables: [],
  network: false,
  configurations: [],
  deviceOverlays: [],
}

test('the experiment decides what the flags leave open', () => {
  expect(place(header, {})).toEqual({ kind: 'gpu', count: 1, threads: 2 })
})

test('flags decide over the experiment', () => {
  const wide = { ...header, maxDevices: 4 }
  expect(place(wide, { device: 'cpu', devices: 4, threads: 8 })).toEqual({
    kind: 'cpu',
    count: 4,
    threads: 8,
  })
})

test.each([
  [
    { device: 'tt' },
    '--device=tt  lightning-mnist does not run on tt  it runs on gpu, cpu; once it can, add tt to devices in experiments/lightning/mnist/experiment.yaml',
  ],
  [{ device: 'cuda' }, '--device=cuda  cuda is not a kind of device  did you mean gpu? (accepted: gpu, cpu)'],
  [{ device: 'auto' }, '--device=auto  auto is not a kind of device  accepted: gpu, cpu'],
  [
    { devices: 2 },
    '--devices=2  is out of range  at most 1 for lightning-mnist (max_devices in experiments/lightning/mnist/experiment.yaml)',
  ],
  [{ devices: 0 }, '--devices=0  is out of range  write a whole number of at least 1'],
  [{ threads: 1.5 }, '--threads=1.5  is out of range  write a whole number from 1 to 1024'],
  [{ threads: 5000 }, '--threads=5000  is out of range  write a whole number from 1 to 1024'],
])('%j is refused', async (flags, expected) => {
  expect(await refusals(() => place(header, flags))).toEqual([expected])
})
