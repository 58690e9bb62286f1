import { place } from '../header/place'
import { readHeader } from '../header/read-header'
import { configTs, directory, experiment, experimentYaml, resolve } from '../testing/digits-experiment'
import { makeWorkspace, refusal, refusals } from '../testing/workspace'
import { resolveConfig } from './resolve-config'

describe('mistakes', () => {
  test('all of them, of all files and flags, come at once with their places', async () => {
    const files = {
      'experiment.yaml': experimentYaml
        .replace('epochs: 3', 'epocs: 3')
        .replace('batch_size: 64', 'batch_size: many')
        .replace('1e-3', '-1')
        .replace('at_least: 0.93', 'at_least: high'),
      'devices/cpu.yaml': 'model:\n  hidden: [64, 0, wide]\n',
      'configs/full.yaml': 'training: { batch_size: 0, shuffle: yes }\nthreads: 4\n',
    }
    const set = ['training.sed=3', 'training.batch_size=8']
    const at = directory
    expect(await refusals(() => resolve({ files, configuration: 'full', set }))).toEqual([
      `${at}/configs/full.yaml:2:1  threads  may not stand in an overlay: it says what the experiment is  remove it here; it is changed in experiment.yaml`,
      '--set training.sed=3  training.sed  sed is not a known key of training  did you mean seed? (accepted: epochs, batch_size, learning_rate, shuffle, seed, log_every, tags, limit, optimizer, profile)',
      `${at}/experiment.yaml:7:15  training.batch_size  is the text "many", not a whole number  write a whole number of at least 1`,
      `${at}/experiment.yaml:8:18  training.learning_rate  is -1, not above 0  write a number above 0`,
      `${at}/experiment.yaml:6:3  training.epocs  is not a known key  did you mean epochs? (accepted: epochs, batch_size, learning_rate, shuffle, seed, log_every, tags, limit, optimizer, profile)`,
      `${at}/experiment.yaml:9:37  acceptance.accuracy.at_least  is the text "high", not a number  write a number`,
      `${at}/devices/cpu.yaml:2:16  model.hidden.1  is 0, below 1  write a whole number of at least 1`,
      `${at}/devices/cpu.yaml:2:19  model.hidden.2  is the text "wide", not a whole number  write a whole number of at least 1`,
      `${at}/configs/full.yaml:1:25  training.batch_size  is 0, below 1  write a whole number of at least 1`,
      `${at}/configs/full.yaml:1:37  training.shuffle  is the text "yes", not true or false  write true`,
    ])
  })

  test('a mistake shows its line with a caret', async () => {
    expect(await refusal(() => resolve({ files: experiment('batch_size: 64', 'batch_size: 0') }))).toBe(
      [
        `${directory}/experiment.yaml:7:15  training.batch_size  is 0, below 1`,
        '  write a whole number of at least 1',
        '  6 |   epochs: 3',
        '  7 |   batch_size: 0',
        '    |               ^',
      ].join('\n'),
    )
  })

  test.each([
    [
      'a missing key',
      '  batch_size: 64\n',
      '',
      '5:1  training.batch_size  is missing  write batch_size: <a whole number of at least 1>',
    ],
    [
      'a fraction',
      'epochs: 3',
      'epochs: 2.5',
      '6:11  training.epochs  is 2.5, not a whole number  write a whole number from 1 to 1000',
    ],
    [
      'a number above its bound',
      'epochs: 3',
      'epochs: 1001',
      '6:11  training.epochs  is 1001, above 1000  write a whole number from 1 to 1000',
    ],
    [
      'a number in quotes',
      'epochs: 3',
      'epochs: "3"',
      '6:11  training.epochs  is the text "3", not a whole number  write 3 without quotes',
    ],
    [
      'an empty value',
      'epochs: 3',
      'epochs:',
      '6:10  training.epochs  is empty, not a whole number  write a value, or remove the key',
    ],
    [
      'an empty section',
      '{ name: mlp, hidden: [512, 512] }',
      '{ name: mlp, hidden: [] }',
      '3:29  model.hidden  has fewer than 1 items  write at least 1 items',
    ],
    [
      'a choice misspelled',
      '{ name: mnist }',
      '{ name: mnist, variant: fashon-mnist }',
      '2:34  dataset.variant  is the text "fashon-mnist", not one of mnist, fashion-mnist  did you mean fashion-mnist?',
    ],
    [
      'a number where text is due',
      '{ name: mnist }',
      '{ name: mnist, path: 1.10 }',
      '2:31  dataset.path  is 1.10, not text  write "1.10" in quotes',
    ],
    [
      'a condition between fields',
      'batch_size: 64',
      'batch_size: 64000',
      '7:15  training.batch_size  is too large for so many epochs',
    ],
    [
      'acceptance without a bound',
      '{ accuracy: { at_least: 0.93 } }',
      '{ accuracy: {} }',
      '9:15  acceptance.accuracy  has no bound  write at_least or at_most (or both) with a number',
    ],
    [
      'a tolerance without a number',
      'acceptance: { accuracy: { at_least: 0.93 } }',
      'parity: { accuracy: {} }',
      '9:11  parity.accuracy  has no tolerance  write absolute or relative (or both; the wider one counts) with a number',
    ],
    [
      'a tolerance below nothing',
      'acceptance: { accuracy: { at_least: 0.93 } }',
      'parity: { accuracy: { relative: -0.1 } }',
      '9:33  parity.accuracy.relative  is -0.1, below 0  write a number of at least 0',
    ],
    [
      'acceptance that nothing meets',
      '{ at_least: 0.93 }',
      '{ at_least: 2, at_most: 1 }',
      '9:15  acceptance.accuracy  can never be met: at_least is above at_most  swap the two numbers, or drop one',
    ],
    [
      'a metric with a dot',
      'accuracy:',
      'val.loss:',
      '9:15  acceptance.val.loss  is not the name of a metric: use letters, digits, _ - / @  rename it',
    ],
    [
      'an unknown option of a union',
      'epochs: 3',
      'optimizer: { kind: sdg }',
      '6:22  training.optimizer.kind  is the text "sdg", not one of sgd, adam  did you mean sgd?',
    ],
    [
      'a key of another option',
      'epochs: 3',
      'optimizer: { kind: sgd, beta: 1 }',
      '6:27  training.optimizer.beta  is not a known key  accepted: kind, momentum',
    ],
    [
      'a section that is a value',
      '{ name: mlp, hidden: [512, 512] }',
      '{ name: mlp, hidden: 512 }',
      '3:29  model.hidden  is 512, not a list  write a list, each item a whole number of at least 1',
    ],
    ['infinity', '1e-3', '.inf', '8:18  .inf is not a finite number  write a finite number'],
  ])('%s is refused', async (_, from, to, expected) => {
    const found = await refusals(() => resolve({ files: experiment(from, to) }))
    expect(found).toEqual([`${directory}/experiment.yaml:${expected}`])
  })

  test('what may be read and the network are opened by no overlay and no flag', async () => {
    const files = { 'configs/full.yaml': 'inputs: [a.txt]\nvariables: [A]\nnetwork: true\n' }
    const set = ['inputs=[a.txt]', 'variables=[A]', 'network=true']
    const found = await refusals(() => resolve({ files, configuration: 'full', set }))
    const inOverlay =
      'may not stand in an overlay: it says what the experiment is  remove it here; it is changed in experiment.yaml'
    expect(found).toEqual([
      `${directory}/configs/full.yaml:1:1  inputs  ${inOverlay}`,
      `${directory}/configs/full.yaml:2:1  variables  ${inOverlay}`,
      `${directory}/configs/full.yaml:3:1  network  ${inOverlay}`,
      '--set inputs=[a.txt]  inputs  is not a parameter  change it in experiment.yaml',
      '--set variables=[A]  variables  is not a parameter  change it in experiment.yaml',
      '--set network=true  network  is not a parameter  change it in experiment.yaml',
    ])
  })

  test('names, devices and threads are changed by no overlay', async () => {
    const files = { 'configs/full.yaml': 'dataset: { name: blender }\ndevices: [cpu]\nmax_devices: 2\n' }
    const found = await refusals(() => resolve({ files, configuration: 'full' }))
    expect(found.map((line) => line.split('  ').slice(0, 2))).toEqual([
      [`${directory}/configs/full.yaml:2:1`, 'devices'],
      [`${directory}/configs/full.yaml:3:1`, 'max_devices'],
      [`${directory}/configs/full.yaml:1:12`, 'dataset.name'],
    ])
  })

  test('what is wrong in one file hides nothing in another', async () => {
    const files = { 'devices/cpu.yaml': 'training: [1\n', 'configs/full.yaml': 'training: { epochs: 0 }\n' }
    const found = await refusals(() => resolve({ files, configuration: 'full' }))
    expect(found.map((line) => line.split('  ')[0])).toEqual([
      `${directory}/devices/cpu.yaml:1:13`,
      `${directory}/configs/full.yaml:1:21`,
    ])
  })

  test('a dataset without a folder is refused with the nearest one, and with each folder that was searched', async () => {
    const packages = ['libs/python/blacksmith', 'pyhton/forge']
    const workspaceRoot = makeWorkspace({
      [`${directory}/config.ts`]: configTs.replace("z.literal('mnist')", 'z.string()'),
      [`${directory}/experiment.yaml`]: experimentYaml.replace('name: mnist', 'name: mnits'),
      'libs/python/blacksmith/datasets/mnist/__init__.py': '',
      'libs/python/blacksmith/datasets/blender/__init__.py': '',
      'nx.json': JSON.stringify({ plugins: [{ plugin: '@blacksmith/executors', options: { packages } }] }),
    })
    const header = readHeader(workspaceRoot, `${directory}/experiment.yaml`)
    const placement = place(header, { device: 'cpu' })
    expect(await refusals(() => resolveConfig({ workspaceRoot, header, placement, set: [] }))).toEqual([
      `${directory}/experiment.yaml:2:18  dataset.name  there is no dataset mnits in libs/python/blacksmith/datasets or pyhton/forge/datasets  did you mean mnist? (there: blender, mnist)`,
    ])
  })
})
