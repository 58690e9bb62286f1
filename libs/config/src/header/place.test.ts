import { refusals } from '../testing/workspace'
import type { Header } from './header'
import { place, placementOf } from './place'

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
    processes: 4,
  })
})

test('devices have a process each, or are driven from one where the recipe does that', () => {
  const wide: Header = { ...header, devices: ['tt', 'gpu', 'cpu'], maxDevices: 4 }
  expect(place(wide, { device: 'gpu', devices: 2 })).toMatchObject({ count: 2, processes: 2 })
  for (const device of ['tt', 'gpu', 'cpu'])
    expect(place({ ...wide, mesh: true }, { device, devices: 2 })).toEqual({
      kind: device,
      count: 2,
      threads: 2,
    })
  expect(place(wide, { device: 'gpu' })).toEqual({ kind: 'gpu', count: 1, threads: 2 })
})

test('several devices that only one process can drive are refused where the recipe does not', async () => {
  const wide: Header = { ...header, devices: ['tt'], maxDevices: 4 }
  expect(await refusals(() => place(wide, { devices: 2 }))).toEqual([
    '--devices=2  several tt devices are driven from one process, and the recipe of lightning-mnist does not do that  leave it out, or have the recipe compute on a mesh and write mesh: true into experiments/lightning/mnist/experiment.yaml',
  ])
})

test('several devices are for the training: what comes before and after has one', () => {
  const wide = place({ ...header, maxDevices: 4 }, { devices: 2 })
  expect(placementOf('train', wide)).toEqual(wide)
  expect(placementOf('evaluate', wide)).toEqual({ kind: 'gpu', count: 1, threads: 2 })
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
    '--devices=2  is out of range  lightning-mnist trains on one device; once its recipe shares batches out, add max_devices to experiments/lightning/mnist/experiment.yaml',
  ],
  [{ devices: 0 }, '--devices=0  is out of range  write a whole number of at least 1'],
  [{ threads: 1.5 }, '--threads=1.5  is out of range  write a whole number from 1 to 1024'],
  [{ threads: 5000 }, '--threads=5000  is out of range  write a whole number from 1 to 1024'],
])('%j is refused', async (flags, expected) => {
  expect(await refusals(() => place(header, flags))).toEqual([expected])
})
