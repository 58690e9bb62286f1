import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Provenance, Target } from '@blacksmith/store'
import { execute } from './testing/execute'
import { TinyWorkspace } from './testing/tiny-workspace'

const folder = 'experiments/plain/tiny'
const yaml = `${folder}/experiment.yaml`
const reused = /the store has run \w+ \(plain-tiny:train\)/

const workspace = new TinyWorkspace()
// Read once by a process, so it is the same for all tests.
workspace.write(
  `${folder}/config.ts`,
  `import { defineExperiment, role, z } from '@blacksmith/config'

export default defineExperiment({
  dataset: z.object({ size: z.int().default(4), path: role('location', z.string()).optional() }),
  model: z.object({ path: role('location', z.string()).optional() }),
  training: z.object({ epochs: z.int(), seed: z.int() }),
})
`,
)
afterAll(() => workspace.dispose())

const run = (target: Target = 'train', ...set: string[]) =>
  execute(workspace.request(target, ...set), workspace.session())
const provenance = () =>
  JSON.parse(readFileSync(workspace.dist('train', 'provenance.json'), 'utf8')) as Provenance
const number = () => readFileSync(workspace.dist('train', 'model.safetensors')).subarray(-8).readDoubleLE()
const declare = (line: string) => workspace.write(yaml, `${workspace.read(yaml)}${line}\n`)

/** Lines of Python that wait until a test removes the file of the gate. */
const waiting = `import time
    gate = ctx.work / "gate"
    gate.touch()
    while gate.exists():
        time.sleep(0.01)`

/** Waits until a run holds at its gate; what is given back lets it go on. */
async function atGate(): Promise<() => void> {
  const work = join(workspace.home, 'work')
  const end = Date.now() + 100_000
  while (Date.now() < end) {
    const runs = existsSync(work) ? readdirSync(work) : []
    const gate = runs.map((name) => join(work, name, 'gate')).find((path) => existsSync(path))
    if (gate) return () => rmSync(gate)
    await pause(20)
  }
  throw new Error('no run has come to its gate')
}

/** What a run that has to fail says. */
const refusal = (running: Promise<unknown>) =>
  running.then(
    () => 'nothing was wrong',
    (error: Error) => error.message,
  )

/** A recipe whose model is the number `x` that these lines set; `evaluation` are lines of its evaluation. */
function writeRecipe(body: string, evaluation = 'pass'): void {
  const indented = body.replaceAll('\n', '\n    ')
  workspace.write(
    `${folder}/recipe.py`,
    `import struct
from pathlib import Path

from blacksmith.training.tensorfile import Raw, write_tensors


def train(ctx):
    ${indented}
    write_tensors(ctx.output / "model.safetensors", {"x": Raw("F64", (), memoryview(struct.pack("<d", x)))})


def evaluate(ctx):
    ${evaluation}
    return {"walked": 1.0}
`,
  )
}

test.each([
  ['open', 'import json\nx = json.load(open("curve.json"))[0]'],
  ['a path beside the recipe', 'x = float(Path(__file__).with_name("curve.json").read_text()[1:-1])'],
  ['exec', 'exec(open("curve.json").read().replace("[", "x = ").replace("]", ""))'],
  ['an absolute path', `x = float(Path("${workspace.path(folder, 'curve.json')}").read_text()[1:-1])`],
  [
    'a child process',
    'import subprocess\nx = float(subprocess.check_output(["cat", str(Path(__file__).with_name("curve.json"))])[1:-1])',
  ],
  [
    'a swallowed error',
    `try:\n    x = float(Path("${workspace.path(folder, 'curve.json')}").read_text()[1:-1])\nexcept OSError:\n    x = 0.0`,
  ],
])('a file read by %s is refused, with the line to add', async (_how, body) => {
  workspace.write(`${folder}/curve.json`, '[3.5]')
  writeRecipe(body)
  const failure = await refusal(run())
  expect(failure).toContain(`${folder}/curve.json`)
  expect(failure).toMatch(new RegExp(`add it to ${folder}/experiment.yaml: +inputs: \\[curve.json\\]`))
})

test('declared, it is read, and a change of it trains again', async () => {
  writeRecipe('import json\nx = json.load(open("curve.json"))[0]')
  declare('inputs: [curve.json]')
  for (const value of [3.5, 4.5]) {
    workspace.write(`${folder}/curve.json`, `[${value}]`)
    await run()
    expect(number()).toBe(value)
  }
  expect(JSON.stringify(provenance().components)).toContain('curve.json')
  workspace.said()
  await run()
  expect(workspace.said()).toMatch(reused)
})

test('modules of other folders, and what Python would load by itself, are not there', async () => {
  workspace.write('elsewhere/far.py', 'X = 9.0\n')
  const far = workspace.path('elsewhere')
  writeRecipe(
    `import sys\nsys.path.insert(0, "${far}")\nimport importlib\nx = 1.0\ntry:\n    from far import X as x\nexcept ImportError:\n    pass`,
  )
  await expect(run()).rejects.toThrow(/elsewhere/)
  workspace.write('libs/python/sitecustomize.py', 'raise SystemExit("loaded")\n')
  workspace.write('libs/python/colorsys.py', 'raise SystemExit("loaded")\n')
  writeRecipe('x = 2.0')
  await run()
  expect(number()).toBe(2)
})

test('a variable is not passed, and said so where it could matter; declared, it is in the key', async () => {
  writeRecipe('import os\nx = float(os.environ.get("X", os.environ.get("XLA_FLAGS", "1")))')
  Object.assign(process.env, { X: '5', XLA_FLAGS: '6' })
  await run()
  expect(workspace.said()).toMatch(/left out of the trainer's environment.*XLA_FLAGS/)
  expect(number()).toBe(1)
  declare('variables: [X]')
  for (const X of ['5', '7', '5']) {
    process.env.X = X
    await run()
    expect(number()).toBe(Number(X))
  }
})

test('a helper that is edited while the trainer works does not reach it, even if it is put back', async () => {
  const helper = `${folder}/helper.py`
  workspace.write(helper, 'X = 1.0\n')
  writeRecipe(`${waiting}\n    import helper\n    x = helper.X`.replaceAll('\n    ', '\n'))
  const training = run()
  const open = await atGate()
  workspace.write(helper, 'X = 2.0\n')
  open()
  await training
  workspace.write(helper, 'X = 1.0\n')
  expect(number()).toBe(1)
  workspace.said()
  await run()
  expect(workspace.said()).toMatch(reused)
  expect(number()).toBe(1)
})

test('an evaluation reads the model, and nothing beside it', async () => {
  writeRecipe(
    '(ctx.output / "beside.txt").write_text("1")\nx = 2.0',
    '(ctx.model.parent / "beside.txt").read_text()',
  )
  await expect(run('evaluate')).rejects.toThrow(/beside\.txt.*no declared input/)
})

test('the network is closed, and opened by a word', async () => {
  writeRecipe('import socket\nsocket.create_connection(("127.0.0.1", 9), timeout=1)\nx = 1.0')
  await expect(run()).rejects.toThrow(/network.*\n.*network: true/)
})

test('provenance says what was enforced', async () => {
  writeRecipe('x = 1.0')
  await run()
  expect(provenance().box?.enforced).toMatch(/^(landlock abi \d+|audit hook only: .+)/)
  expect(provenance().box?.network).toBe('closed')
})

test('an experiment that is moved takes no step', async () => {
  await run()
  workspace.said()
  const moved = 'experiments/plain/small'
  renameSync(workspace.path(folder), workspace.path(moved))
  await execute({ ...workspace.request('train'), directory: moved }, workspace.session())
  expect(workspace.said()).toMatch(reused)
  renameSync(workspace.path(moved), workspace.path(folder))
})

describe('a person’s own weights', () => {
  const own = join(dirname(workspace.root), 'weights')

  beforeAll(() => {
    mkdirSync(own)
    writeFileSync(join(own, 'x.txt'), '3')
    writeRecipe(
      'x = float((Path(ctx.config.model.path) / "x.txt").read_text())',
      '(Path(ctx.config.model.path) / "x.txt").read_text()',
    )
  })

  test('are read by training and evaluation, and known by their bytes wherever they lie', async () => {
    await run('evaluate', `model.path=${own}`)
    expect(number()).toBe(3)
    workspace.write('weights/x.txt', '3')
    for (const path of ['weights', './weights/', workspace.path('weights')]) {
      workspace.said()
      await run('train', `model.path=${path}`)
      expect(workspace.said()).toMatch(reused)
    }
    workspace.write('weights/x.txt', '4')
    await run('train', 'model.path=weights')
    expect(number()).toBe(4)
  })

  test('that are not there are refused by their field', async () => {
    await expect(run('train', 'model.path=nowhere')).rejects.toThrow(/model\.path.*there is no .*nowhere/)
  })
})

describe('a person’s own data', () => {
  const own = join(dirname(workspace.root), 'data')
  const preparation = 'libs/python/blacksmith/datasets/counts/prepare.py'
  const copying =
    '(ctx.output / "counts.txt").write_text((Path(ctx.config.dataset.path) / "n.txt").read_text())'
  const writePreparation = (statements: string) =>
    workspace.write(preparation, `from pathlib import Path\n\n\ndef prepare(ctx):\n    ${statements}\n`)

  beforeAll(() => {
    mkdirSync(own)
    writeFileSync(join(own, 'n.txt'), '1')
    writeRecipe('x = float((ctx.data / "counts.txt").read_text())')
  })

  test('is known by its bytes: spelled otherwise, or copied elsewhere, nothing is done again', async () => {
    writePreparation(copying)
    await run('train', `dataset.path=${own}`)
    workspace.write('own/n.txt', '1')
    for (const path of ['own', './own', 'own/', 'own//', workspace.path('own')]) {
      workspace.said()
      await run('train', `dataset.path=${path}`)
      expect(workspace.said()).toMatch(reused)
    }
  })

  test('exchanged and put back while it is read fails the preparation, and is prepared rightly afterwards', async () => {
    writePreparation(`${waiting}\n    ${copying}`)
    const preparing = refusal(run('train', `dataset.path=${own}`))
    const open = await atGate()
    writeFileSync(join(own, 'n.txt'), '2')
    open()
    writeFileSync(join(own, 'n.txt'), '1')
    expect(await preparing).toMatch(/changed/)
    const again = run('train', `dataset.path=${own}`)
    ;(await atGate())()
    await again
    expect(number()).toBe(1)
  })
})
