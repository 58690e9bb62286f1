import { EventEmitter } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Target } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { createProgress, FirstStep } from '@blacksmith/terminal'
import type { TaskRequest } from '../request'

const repository = resolve(__dirname, '../../../..')

/**
 * A workspace whose one experiment needs nothing but Python: a real trainer process in a fraction of a second.
 * Its training adds a random number to a weight at each step, so that a step too many or too few shows.
 */
export class TinyWorkspace {
  readonly root: string
  readonly home: string
  /** Lines that people would see, in order. */
  readonly lines: string[] = []
  private readonly area = mkdtempSync(join(tmpdir(), 'blacksmith-tiny-'))
  private readonly before = { ...process.env }

  constructor() {
    this.root = join(this.area, 'workspace')
    this.home = join(this.area, 'home')
    for (const [path, text] of Object.entries(files)) this.write(path, text)
    mkdirSync(this.home)
    const known = process.env.KNOWN_TO_TESTS ?? ''
    for (const name of readdirSync(known)) symlinkSync(join(known, name), join(this.home, name))
    symlinkSync(join(repository, 'node_modules'), join(this.root, 'node_modules'))
    const python = 'libs/python/blacksmith'
    cpSync(join(repository, python, '__init__.py'), join(this.root, python, '__init__.py'))
    cpSync(join(repository, python, 'training'), join(this.root, python, 'training'), { recursive: true })
    delete process.env.BLACKSMITH_REMOTE
    Object.assign(process.env, {
      BLACKSMITH_HOME: this.home,
      BLACKSMITH_LEASE_DIR: join(this.area, 'leases'),
      BLACKSMITH_PYTHON: process.env.BARE_PYTHON,
    })
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  /** A path in the folder in which the latest result of a target stands: with flags it is not the plain one. */
  dist(target: Target, ...parts: string[]): string {
    const project = join(this.root, 'dist/plain-tiny')
    const runs = existsSync(project) ? readdirSync(project) : []
    const outputs = runs
      .map((run) => join(project, run, target))
      .filter((folder) => existsSync(folder))
      .sort((a, b) => statSync(b).ctimeMs - statSync(a).ctimeMs)
    return join(outputs[0] ?? join(project, 'default', target), ...parts)
  }

  request(target: Target, ...set: string[]): TaskRequest {
    return {
      workspaceRoot: this.root,
      directory: 'experiments/plain/tiny',
      target,
      configuration: 'default',
      flags: { set },
    }
  }

  session(o: Partial<Session> = {}): Session {
    const stream = {
      isTTY: false,
      write: (text: string) => this.lines.push(...text.trimEnd().split('\n')) > 0,
    }
    return {
      signal: new AbortController().signal,
      display: createProgress({ stream: stream as unknown as NodeJS.WriteStream, label: 'plain-tiny' }),
      furtherInterrupts: new EventEmitter(),
      fresh: false,
      firstStep: new FirstStep(() => undefined),
      close() {},
      ...o,
    }
  }

  /** What people saw since the last call. */
  said(): string {
    return this.lines.splice(0).join('\n')
  }

  dispose(): void {
    process.env = this.before
    rmSync(this.area, { recursive: true, force: true })
  }
}

const files = {
  'nx.json': '{}',
  'libs/python/requirements/data.txt': '',
  'libs/python/requirements/plain.txt': '',
  'libs/python/blacksmith/datasets/__init__.py': '',
  'libs/python/blacksmith/datasets/counts/__init__.py': '',
  'libs/python/blacksmith/models/__init__.py': '',
  'libs/python/blacksmith/models/plain/__init__.py': '',
  'libs/python/blacksmith/models/plain/weight/__init__.py': '',
  'libs/python/blacksmith/datasets/counts/prepare.py': `
def prepare(ctx):
    if ctx.config.dataset.size < 1:
        raise ctx.bad_input("the train split is empty", remedy="set dataset.size to 1 or more")
    (ctx.output / "counts.txt").write_text("\\n".join(str(n) for n in range(ctx.config.dataset.size)))
`,
  'experiments/plain/tiny/experiment.yaml': `description: A weight that walks at random
dataset: { name: counts, size: 4 }
model: { name: weight }
devices: [cpu]
threads: 1
training: { epochs: 3, seed: 7 }
acceptance: { walked: { at_least: 0 } }
`,
  'experiments/plain/tiny/config.ts': `import { defineExperiment, role, z } from '@blacksmith/config'

export default defineExperiment({
  dataset: z.object({ size: z.int().default(4) }),
  model: z.object({ start: z.number().default(0) }),
  training: z.object({
    epochs: role('horizon', z.int().min(1).default(3)),
    seed: z.int().default(0),
    pause: role('reporting', z.number().default(0)),
    break_at: z.int().default(-1),
  }),
})
`,
  'experiments/plain/tiny/recipe.py': `import random
import struct
import time

from blacksmith.training.tensorfile import Raw, read_tensors, write_tensors


def train(ctx):
    settings = ctx.config.training
    rows = (ctx.data / "counts.txt").read_text().split()
    of = settings.epochs * len(rows)
    state = ctx.resume(at_most=of)
    step, weight = (state["step"], state["weight"]) if state else (0, float(ctx.config.model.start))
    ctx.restore_random(state)
    while step < of:
        weight += random.random()
        step += 1
        if step == settings.break_at:
            weight = float("nan")
        ctx.log({"weight": weight}, step)
        ctx.progress(step, of, loss=weight)
        time.sleep(settings.pause)
        ctx.checkpoint_when_due(step, lambda: {"step": step, "weight": weight})
    data = memoryview(struct.pack("<d", weight))
    write_tensors(ctx.output / "model.safetensors", {"weight": Raw("F64", (), data)})
    ctx.save_final(step, {"step": step, "weight": weight})


def evaluate(ctx):
    weight = struct.unpack("<d", bytes(read_tensors(ctx.model)["weight"].data))[0]
    return {"walked": weight}
`,
}
