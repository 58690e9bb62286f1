import { makeWorkspace, refusals } from '../testing/workspace'
import { readHeader } from './read-header'

const file = 'experiments/lightning/mnist/experiment.yaml'
const plain = 'description: x\ndataset: { name: a }\nmodel: { name: b }\ndevices: [cpu]\n'

const read = (text: string) => readHeader(makeWorkspace({ [file]: plain + text }), file)

/** Each problem as `column  what is wrong  what to do`. */
async function wrong(text: string): Promise<string[]> {
  const lines = await refusals(() => read(text))
  return lines.map((line) =>
    line.replace(`${file}:5:`, '').replace(/ {2}(inputs|variables|network) {2}/, '  '),
  )
}

test('files, variables and the network are declared, and closed where they are not', () => {
  expect(read('')).toMatchObject({ inputs: [], variables: [], network: false })
  const inputs = ['curve.json', 'prompts/**/*.txt', '../../common/words.txt', './a', '!(b).txt', '{c,d}.txt']
  const declared = `inputs: ${JSON.stringify(inputs)}\nvariables: [XLA_FLAGS, TOKENIZERS_PARALLELISM]\nnetwork: true\n`
  expect(read(declared)).toMatchObject({
    inputs,
    variables: ['XLA_FLAGS', 'TOKENIZERS_PARALLELISM'],
    network: true,
  })
})

test.each([
  [
    'inputs: [/data/x.txt]',
    '10  /data/x.txt is an absolute path  name it as seen from experiments/lightning/mnist, or give data as dataset.path',
  ],
  [
    'inputs: ["C:/x.txt"]',
    '10  C:/x.txt is an absolute path  name it as seen from experiments/lightning/mnist, or give data as dataset.path',
  ],
  [
    'inputs: [~/x.txt]',
    '10  ~/x.txt lies elsewhere for everybody  name it as seen from experiments/lightning/mnist, or give data as dataset.path',
  ],
  ['inputs: [a\\b.txt]', '10  a\\b.txt holds a backslash  write a/b.txt'],
  ['inputs: ["a\\nb"]', '10  "a\\nb" holds a control character  rename the file'],
  ['inputs: ["!a.txt"]', '10  !a.txt takes nothing away  declare only what is read'],
  [
    'inputs: [../../../../x.txt]',
    '10  ../../../../x.txt leads out of the workspace  copy what it means into the workspace, or give data as dataset.path',
  ],
  [
    'inputs: [a/../../../../../x*]',
    '10  a/../../../../../x* leads out of the workspace  copy what it means into the workspace, or give data as dataset.path',
  ],
  ['inputs: [a.txt, ./a.txt]', '17  ./a.txt stands here twice  remove one'],
  ['inputs: a.txt', '9  is not a list of globs  write a list: inputs: [prompts/*.txt]'],
  ['inputs: [""]', '10  an item is not text  write a list: inputs: [prompts/*.txt]'],
  ['inputs: [8]', '10  8 is not text  write it in quotes: "8"'],
])('%s is refused with its place and what to do', async (text, words) => {
  expect(await wrong(text)).toEqual([words])
})

test.each([
  ['variables: XLA_FLAGS', '12  is not a list of names  write a list: variables: [XLA_FLAGS]'],
  [
    'variables: [A-B]',
    '13  A-B is not the name of a variable  use letters, digits and _, and no digit first',
  ],
  ['variables: [A=1]', '13  A=1 has a value  write its name: A'],
  ['variables: [A, A]', '16  A stands here twice  remove one'],
  [
    'variables: [HF_TOKEN]',
    '13  HF_TOKEN is a secret: it must not shape a result, and keys are written down  remove it; declare what chooses the result instead, a revision for example',
  ],
  [
    'variables: [OMP_NUM_THREADS]',
    '13  OMP_NUM_THREADS follows from the number of threads  remove it; set threads here, or --threads',
  ],
  [
    'variables: [CUDA_VISIBLE_DEVICES]',
    '13  CUDA_VISIBLE_DEVICES follows from the device of a run  remove it; choose a device with --device',
  ],
  ['variables: [HOME]', "13  HOME is an empty folder of the run's own  remove it"],
  [
    'variables: [BLACKSMITH_HOME]',
    '13  BLACKSMITH_HOME speaks to the build system, and shapes no result  remove it',
  ],
  [
    'variables: [PYTHONPATH]',
    "13  PYTHONPATH is set for each run: the interpreter and what it imports are those of the key  remove it; import from the recipe's folder or from a Python package of the workspace",
  ],
  ['network: yes', '10  is yes  write true'],
  ['network: 2', '10  is 2  write true or false'],
  ['network:', '9  is empty  write a value, or remove the key'],
])('%s is refused with its place and what to do', async (text, words) => {
  expect(await wrong(text)).toEqual([words])
})

test.each(['MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'TMPDIR', 'TT_VISIBLE_DEVICES', 'PYTHONHASHSEED'])(
  '%s is set for each run, and cannot be declared',
  async (name) => {
    expect(await wrong(`variables: [${name}]`)).toHaveLength(1)
  },
)

test.each(['HF_TOKEN', 'WANDB_API_KEY', 'aws_secret_access_key', 'DB_PASSWORD', 'NPM_AUTH'])(
  '%s is a secret, and cannot be declared',
  async (name) => {
    expect(await wrong(`variables: [${name}]`)).toEqual([expect.stringContaining('is a secret')])
  },
)
