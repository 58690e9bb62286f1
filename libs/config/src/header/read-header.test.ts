import { join } from 'node:path'
import { makeWorkspace, refusals } from '../testing/workspace'
import { readHeader } from './read-header'

const file = 'experiments/lightning/mnist/experiment.yaml'
const directory = 'experiments/lightning/mnist'

const yaml = `description: An MLP that reads handwritten digits
dataset: { name: mnist, variant: mnist }
model: { name: mlp, hidden: [512, 512] }
devices: [cpu, tt, gpu]
training: { epochs: 3 }
`

const read = (text: string | Buffer, files: Record<string, string> = {}) =>
  readHeader(makeWorkspace({ [file]: text, ...files }), file)

test('a header says what the experiment is and what overlays it has', () => {
  const files = {
    [`${directory}/config.ts`]: 'throw new Error("nobody may load this")',
    [`${directory}/configs/full.yaml`]: '',
    [`${directory}/configs/fashion.yaml`]: '',
    [`${directory}/configs/notes.md`]: '',
    [`${directory}/devices/tt.yaml`]: '',
  }
  expect(read(yaml, files)).toEqual({
    directory,
    framework: 'lightning',
    name: 'mnist',
    project: 'lightning-mnist',
    description: 'An MLP that reads handwritten digits',
    dataset: 'mnist',
    model: 'mlp',
    devices: ['cpu', 'tt', 'gpu'],
    threads: 2,
    inputs: [],
    variables: [],
    network: false,
    configurations: ['fashion', 'full'],
    deviceOverlays: ['tt'],
  })
})

test('threads and max_devices are read where they stand', () => {
  expect(read(`${yaml}threads: 4\nmax_devices: 8\n`)).toMatchObject({ threads: 4, maxDevices: 8 })
})

test('an absolute path means the same', () => {
  const root = makeWorkspace({ [file]: yaml })
  expect(readHeader(root, join(root, file))).toEqual(readHeader(root, file))
})

test('CRLF and a byte order mark change nothing', () => {
  expect(read(`\uFEFF${yaml.replaceAll('\n', '\r\n')}`)).toEqual(read(yaml))
})

test('everything wrong comes at once', async () => {
  const bad =
    'descripton: x\ndataset: { name: 8 }\nmodel: mlp\ndevices: [cpu, cuda, cpu]\nthreads: 0\nmax_devices: many\n'
  expect(await refusals(() => read(bad))).toEqual([
    `${file}:1:1  descripton  is not a known key  did you mean description? (accepted: description, dataset, model, devices, threads, max_devices, mesh, inputs, variables, network, training, evaluation, acceptance, parity)`,
    `${file}:6:14  max_devices  is many  write a whole number of at least 1`,
    `${file}:1:1  description  is missing  write description: <what it trains, in one line>`,
    `${file}:2:18  dataset.name  is 8, not text  write it in quotes: "8"`,
    `${file}:3:1  model.name  is missing  write model: { name: <a folder of models/<framework>> }`,
    `${file}:4:16  devices  cuda is not a kind of device  did you mean gpu? (accepted: cpu, gpu, tt)`,
    `${file}:4:22  devices  cpu stands here twice  remove one`,
    `${file}:5:10  threads  is 0  write a whole number from 1 to 1024`,
  ])
})

test.each([
  ['', 'is empty'],
  ['# soon\n', 'is empty'],
  ['- a\n', 'holds a list'],
  ['text\n', 'holds a single value'],
])('a file with %j is refused', async (text, message) => {
  const [line] = await refusals(() => read(text))
  expect(line).toContain(`  ${message}  write keys and values`)
})

test('devices that are no list are refused', async () => {
  expect(await refusals(() => read(yaml.replace('[cpu, tt, gpu]', 'cpu')))).toEqual([
    `${file}:4:10  devices  is not a list of device kinds  write a list of cpu, gpu, tt, the preferred first: devices: [cpu]`,
  ])
})

test('overlays that would never be read are refused', async () => {
  const files = {
    [`${directory}/configs/default.yaml`]: '',
    [`${directory}/configs/a b.yaml`]: '',
    [`${directory}/configs/full.yml`]: '',
    [`${directory}/devices/cuda.yaml`]: '',
  }
  expect(await refusals(() => read(yaml, files))).toEqual([
    `${directory}/configs/full.yml  would not be read  name it full.yaml`,
    `${directory}/configs/a b.yaml  its name cannot name a configuration  use letters, digits, - and _ only`,
    `${directory}/configs/default.yaml  default is the name of a run without a configuration  give it another name`,
    `${directory}/devices/cuda.yaml  cuda is not a kind of device  did you mean gpu? (accepted: cpu, gpu, tt)`,
  ])
})

test('an experiment stands two folders deep', async () => {
  const [line] = await refusals(() =>
    readHeader(
      makeWorkspace({ 'experiments/mnist/experiment.yaml': yaml }),
      'experiments/mnist/experiment.yaml',
    ),
  )
  expect(line).toMatch(/does not stand where experiments do {2}move it to experiments\/<framework>\/<name>/)
})
