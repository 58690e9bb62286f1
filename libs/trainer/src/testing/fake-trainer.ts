import { join } from 'node:path'
import type { TrainerEvent, TrainerRequest } from '@blacksmith/protocol'
import { makeTree } from '../../../config/src/testing/tree'
import { realPython } from '../../../environments/src/testing/workshop'
import { runTrainer } from '../run-trainer'
import type { TrainerOptions } from '../trainer-options'
import { trainerVariables } from '../trainer-variables'

/** A trainer that does what the request's configuration says in Python. */
const main = `
import json, os, signal, subprocess, sys, time
request = json.load(open(sys.argv[1]))
descriptor = int(os.environ["BLACKSMITH_EVENTS_FD"])
def raw(data):
    while data:
        data = data[os.write(descriptor, data):]
def emit(event, **fields):
    raw((json.dumps({"event": event, "time": time.time(), **fields}) + "\\n").encode())
def started():
    emit("started", target="train", device={"kind": "cpu", "count": 1, "threads": 1})
def finished():
    emit("finished", metrics={"accuracy": 1.0}, seconds=0.5)
exec(request["config"]["script"])
`

/** What a run reported, and the folders that it had. */
export interface Observed {
  events: TrainerEvent[]
  output: string[]
  request: TrainerRequest
}

export type RunOptions = Partial<TrainerOptions> & { on?: Record<string, () => void>; records?: string }

export function requestIn(folder: string, change: Partial<TrainerRequest> = {}): TrainerRequest {
  return {
    version: 1,
    target: 'train',
    entry: { file: join(folder, 'recipe.py') },
    function: 'train',
    config: {},
    inputs: {},
    sources: {},
    output: join(folder, 'output'),
    records: join(folder, 'records'),
    work: join(folder, 'work'),
    device: { kind: 'cpu', count: 1, threads: 1, ids: [] },
    seed: 0,
    resume: null,
    ...change,
  }
}

/** Runs a trainer that carries out `script`; with it come `emit`, `started`, `finished` and `raw`. */
export async function runScript(script: string, { records, ...o }: RunOptions = {}) {
  const folder = makeTree({
    'python/blacksmith/training/__main__.py': main,
    'python/blacksmith/__init__.py': '',
  })
  return runRequest(requestIn(folder, { config: { script }, ...(records ? { records } : {}) }), {
    pythonPath: [join(folder, 'python')],
    cwd: folder,
    ...o,
  })
}

export async function runRequest(
  request: TrainerRequest,
  { on = {}, env, ...o }: RunOptions & Pick<TrainerOptions, 'pythonPath' | 'cwd'>,
) {
  const observed: Observed = { events: [], output: [], request }
  const outcome = await runTrainer(request, {
    environment: { name: 'test', python: realPython, pythonVersion: '3', packages: {} },
    env: { ...trainerVariables(process.env, []).variables, ...env },
    signal: new AbortController().signal,
    onEvent: (event) => {
      observed.events.push(event)
      on[event.event]?.()
    },
    onOutput: (line) => observed.output.push(line),
    ...o,
  })
  return { outcome, ...observed }
}
