import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deviceKinds, settings } from '@blacksmith/config/header'
import { makeTree, removeTrees, workspaceRoot } from '../../config/src/testing/tree'
import { realPython } from '../../environments/src/testing/workshop'
import { requestIn, runRequest } from '../../trainer/src/testing/fake-trainer'
import { knownKinds, parseEvent } from './events'

afterAll(removeTrees)

const pythonRoot = join(workspaceRoot, 'libs/python')

/** Uses every call with which a recipe reports something; needs no package. */
const recipe = `
import time

def train(ctx):
    state = ctx.resume(at_most=4)
    start = 0 if state is None else state["step"]
    if state is None:
        ctx.doing("compiling")
        ctx.warn("a warning")
    for step in range(start + 1, 5):
        time.sleep(0.25)
        ctx.log({"loss": 1 / step}, step=step, epoch=1)
        ctx.progress(step, 4, epoch=1, epochs=1, items_per_step=32, unit="samples", loss=1 / step)
        if step == 2 and state is None:
            ctx.checkpoint({"step": step}, step)
            raise ctx.bad_input("half of it", remedy="go on") if ctx.config.training.stops else SystemExit
    return {"accuracy": 1}

def evaluate(ctx):
    return {"accuracy": 0.5}

def prepare(ctx):
    raise ValueError("a mistake")
`

function run(folder: string, change: Parameters<typeof requestIn>[1]) {
  return runRequest(requestIn(folder, change), { pythonPath: [pythonRoot], cwd: folder })
}

test('every event that the real runner sends is one of the schema, with no field too many', async () => {
  const folder = makeTree({ 'recipe.py': recipe })
  const config = { training: { stops: true } }
  const first = await run(folder, { config })
  expect(first.outcome).toMatchObject({
    failure: { kind: 'bad-input', message: 'half of it', remedy: 'go on', exit: { code: 65 } },
  })
  const second = await run(folder, { config })
  expect(second.outcome).toMatchObject({ kind: 'finished', metrics: { accuracy: 1 } })
  const third = await run(folder, { target: 'evaluate', function: 'evaluate' })
  expect(third.outcome).toMatchObject({ kind: 'finished', metrics: { accuracy: 0.5 } })
  const fourth = await run(folder, { target: 'prepare-data', function: 'prepare' })
  expect(fourth.outcome).toMatchObject({
    failure: {
      kind: 'error',
      message: 'ValueError: a mistake',
      traceback: expect.stringContaining('recipe.py'),
    },
  })
  const events = [first, second, third, fourth].flatMap((each) => each.events)
  const sent = new Set(events.map(({ event }) => event))
  expect([...sent].sort()).toEqual(Object.keys(knownKinds).sort())
  for (const event of events) {
    const known = knownKinds[event.event]
    const extra = Object.keys(event).filter((field) => !['event', 'time', ...(known ?? [])].includes(field))
    expect({ event: event.event, extra }).toEqual({ event: event.event, extra: [] })
  }
  expect(first.output.filter((line) => line.includes('no event'))).toEqual([])
})

test('every kind of event in the Python sources is in the schema', () => {
  const sources = readdirSync(join(pythonRoot, 'blacksmith'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.py') && !file.endsWith('_test.py'))
    .map((file) => readFileSync(join(pythonRoot, 'blacksmith', file), 'utf8'))
  const kinds = sources.flatMap((source) =>
    [...source.matchAll(/\.emit\(\s*["']([\w-]+)["']/g)].map(([, kind]) => kind),
  )
  expect(new Set(kinds).size).toBeGreaterThan(7)
  expect(kinds.filter((kind) => kind === undefined || !(kind in knownKinds))).toEqual([])
})

test('a number that JSON does not know does not pass as an event', () => {
  expect(
    parseEvent('{"event": "metric", "time": 1, "step": 1, "split": "t", "values": {"loss": NaN}}'),
  ).toBeUndefined()
})

test('the trainer reads the very fields that the request has', () => {
  const folder = makeTree({ 'recipe.py': '' })
  const request = requestIn(folder, {
    seed: 7,
    resume: join(folder, 'state'),
    inputs: { data: join(folder, 'data'), model: join(folder, 'm.safetensors') },
    sources: { digits: join(folder, 'd') },
    device: { kind: 'cpu', count: 2, threads: 3, ids: ['cpu0', 'cpu1'], processes: 2 },
    capsule: { tree: join(folder, 'capsule'), workspace: folder },
    box: {
      read: [join(folder, 'capsule')],
      listed: [join(folder, 'data')],
      write: [join(folder, 'output')],
      network: 'closed',
      declare_in: 'experiments/plain/tiny/experiment.yaml',
    },
  })
  const script = `
import dataclasses, json, sys, typing
from pathlib import Path
from blacksmith.training.request import DeviceKind, read_request
Path("r.json").write_text(sys.argv[1])
request = dataclasses.asdict(read_request(Path("r.json").resolve()))
print(json.dumps(request | {"kinds": typing.get_args(DeviceKind)}, default=str))
`
  const read = JSON.parse(
    execFileSync(realPython, ['-c', script, JSON.stringify(request)], {
      cwd: folder,
      env: {
        ...process.env,
        PYTHONPATH: pythonRoot,
        BLACKSMITH_CHECKPOINT_SECONDS: '',
        BLACKSMITH_KEEP_EVERY_STEPS: '',
      },
    }).toString(),
  )
  const { version: _version, entry: _entry, inputs, ...same } = request
  const { checkpoints, kinds, ...asked } = read
  expect(asked).toEqual({ ...same, ...inputs, entry_file: join(folder, 'recipe.py'), entry_module: null })
  expect(kinds).toEqual(deviceKinds)
  expect(checkpoints.every_seconds).toBe(settings.BLACKSMITH_CHECKPOINT_SECONDS.otherwise)
})
