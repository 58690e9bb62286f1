import { type Experiment, suited } from './experiments'

const experiments: Experiment[] = [
  { project: 'big', configurations: ['full'], devices: ['cpu', 'gpu'] },
  { project: 'small', configurations: [], devices: ['cpu'] },
  { project: 'broken', configurations: undefined, devices: undefined },
]
const all = experiments.map(({ project }) => project)

test('an experiment without the configuration is left out, with the reason', () => {
  const { run, leftOut } = suited(all, experiments, { configuration: 'full' })
  expect(run).toEqual(['big', 'broken'])
  expect(leftOut).toEqual([{ project: 'small', because: 'it has no configuration full' }])
})

test('an experiment that does not run on the device is left out', () => {
  expect(suited(all, experiments, { device: 'gpu' }).run).toEqual(['big', 'broken'])
  expect(suited(all, experiments, { device: 'auto' }).run).toEqual(all)
})

test('an unreadable experiment is run, so that it fails with its reason', () => {
  expect(suited(['broken'], experiments, { configuration: 'full', device: 'tt' }).run).toEqual(['broken'])
})

test('a configuration that no experiment has is refused, with the nearest name', () => {
  expect(() => suited(all, experiments, { configuration: 'ful' })).toThrow(/did you mean full\?/)
})
