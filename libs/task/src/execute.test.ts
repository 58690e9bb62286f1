import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parsedSources } from '@blacksmith/identity'
import { currentDraftDigest, givenDigest } from '@blacksmith/identity/draft-digest'
import { ImportReader } from '@blacksmith/identity/imports'
import { Layout, type Provenance } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { plan } from './plan'
import { execute } from './testing/execute'
import { TinyWorkspace } from './testing/tiny-workspace'

let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
})
afterEach(() => workspace.dispose())

const run = (target: 'prepare-data' | 'train' | 'evaluate', ...set: string[]) =>
  execute(workspace.request(target, ...set), workspace.session())
const provenance = (target: 'prepare-data' | 'train' | 'evaluate') =>
  JSON.parse(readFileSync(workspace.dist(target, 'provenance.json'), 'utf8')) as Provenance
const trained = () =>
  existsSync(workspace.dist('train', 'metrics.jsonl')) && /step|took/.test(workspace.said())

/** A training that is asked to stop as soon as a step has been reported. */
const stoppedAt = (step: number, ...set: string[]) => {
  const stop = new AbortController()
  const session = workspace.session({ signal: stop.signal })
  const display = {
    ...session.display,
    event: (event: { event: string; step?: number }) => {
      if (event.event === 'metric' && (event.step ?? 0) >= step) stop.abort()
    },
  }
  return execute(workspace.request('train', ...set), { ...session, display: display as Session['display'] })
}

test('evaluate on a cold store prepares and trains first, and judges the result', async () => {
  const { results } = await run('evaluate')
  expect(results).toEqual({
    metrics: { walked: expect.any(Number) },
    acceptance: { walked: { at_least: 0, met: true } },
    accepted: true,
  })
  for (const target of ['prepare-data', 'train', 'evaluate'] as const) {
    expect(existsSync(workspace.dist(target, 'manifest.json'))).toBe(true)
  }
  expect(JSON.parse(readFileSync(workspace.dist('evaluate', 'results.json'), 'utf8'))).toEqual(results)
})

test('what a training got out of its device is among its records, and in no manifest', async () => {
  await run('train')
  const { unit } = JSON.parse(readFileSync(workspace.dist('train', 'performance.json'), 'utf8')).throughput
  expect(unit).toBe('steps')
  expect(provenance('train').records.map(({ path }) => path)).toContain('performance.json')
  expect(readFileSync(workspace.dist('train', 'manifest.json'), 'utf8')).not.toContain('performance')
})

test('asked for a trace, a training that is stored without one is reused, and says how to get one', async () => {
  await run('train')
  const { made } = await run('train', 'training.profile=true')
  expect(made).toBe(false)
  expect(workspace.said()).toMatch(/there is no trace.json.gz.* blacksmith runs remove [0-9a-f]{10}/)
})

test('a folder for temporary files that is not there is named', async () => {
  const place = jest.spyOn(os, 'tmpdir').mockReturnValue('/nowhere')
  await expect(run('prepare-data')).rejects.toThrow(
    /^\/nowhere {2}takes no temporary files \(ENOENT\)\n.*TMPDIR/,
  )
  place.mockRestore()
})

test('a missed threshold is reported and leaves results.json', async () => {
  workspace.write(
    'experiments/plain/tiny/experiment.yaml',
    readFileSync(workspace.path('experiments/plain/tiny/experiment.yaml'), 'utf8').replace(
      'at_least: 0',
      'at_least: 1000',
    ),
  )
  const { results } = await run('evaluate')
  expect(results?.accepted).toBe(false)
  expect(JSON.parse(readFileSync(workspace.dist('evaluate', 'results.json'), 'utf8'))).toEqual(results)
})

test('a second run takes nothing but a look at the store, and says which run it reuses', async () => {
  await run('train')
  workspace.said()
  await run('train')
  expect(workspace.said()).toMatch(/the store has run [0-9a-f]{10} \(plain-tiny:train\)/)
})

test.each([
  ['a parameter', 'parameters.model.start', async () => run('train', 'model.start=1')],
  [
    'a Python file that the recipe imports',
    'code.python/blacksmith/training/runner.py',
    async () => {
      const file = 'libs/python/blacksmith/training/runner.py'
      workspace.write(file, `${readFileSync(workspace.path(file), 'utf8')}\n# changed\n`)
      return run('train')
    },
  ],
  [
    'the number of threads',
    'placement.threads',
    async () => {
      const request = workspace.request('train')
      return execute({ ...request, flags: { ...request.flags, threads: 2 } }, workspace.session())
    },
  ],
  ['the data', 'data', async () => run('train', 'dataset.size=5')],
])('another value of %s trains again, and a plan names the component', async (_what, component, change) => {
  await run('train')
  const before = provenance('train')
  workspace.said()
  await change()
  const after = provenance('train')
  expect(after.key).not.toBe(before.key)
  expect(trained()).toBe(true)
  expect(flattened(after.components)[component]).not.toEqual(flattened(before.components)[component])
})

test('what has changed since Nx hashed it makes a target fail, since Nx would keep the result for the old files', async () => {
  const directory = 'experiments/plain/tiny'
  const layout = new Layout(workspace.home)
  const hashed = async () =>
    currentDraftDigest(workspace.root, directory, 'prepare-data', {
      layout,
      reader: new ImportReader(parsedSources()),
      given: await givenDigest(layout, { anew: false }),
      known: new Map(),
      environments: { present: new Set(['cpu']), known: new Map() },
    })
  const draft = await hashed()
  workspace.write(
    `${directory}/experiment.yaml`,
    `${readFileSync(workspace.path(directory, 'experiment.yaml'), 'utf8')}# later\n`,
  )
  const request = workspace.request('prepare-data')
  await expect(execute({ ...request, draft }, workspace.session())).rejects.toThrow(
    /changed since this command began/,
  )
  await expect(execute({ ...request, draft: await hashed() }, workspace.session())).resolves.toBeDefined()
})

test('thresholds, descriptions and comments are in no key', async () => {
  await run('train')
  const before = provenance('train').key
  const file = 'experiments/plain/tiny/experiment.yaml'
  const text = readFileSync(workspace.path(file), 'utf8')
  workspace.write(
    file,
    `# a remark\n${text.replace('at_least: 0', 'at_least: 1').replace('walks', 'strolls')}`,
  )
  await run('train')
  expect(provenance('train').key).toBe(before)
})

test('a prepared file with one flipped byte and its old time is found before training, and mended', async () => {
  await run('prepare-data')
  const file = workspace.dist('prepare-data', 'counts.txt')
  const [bytes, times] = [readFileSync(file), statSync(file)]
  writeFileSync(file, Buffer.from(bytes).fill('9', 0, 1))
  utimesSync(file, times.atime, times.mtime)
  await run('train')
  expect(readFileSync(file)).toEqual(bytes)
  expect(workspace.said()).toContain('counts.txt')
})

test('another command on the same configuration does not touch the data of one that trains', async () => {
  const recipe = workspace.path('experiments/plain/tiny/recipe.py')
  const step = '        ctx.progress(step, of, loss=weight)\n'
  const gate =
    '        (ctx.work / "gate").touch() if step == 1 else None\n        while (ctx.work / "gate").exists():\n            time.sleep(0.01)\n'
  writeFileSync(recipe, readFileSync(recipe, 'utf8').replace(step, `${step}${gate}`))
  const slow = execute(workspace.request('train'), workspace.session())
  const work = join(workspace.home, 'work')
  const gates = () =>
    (existsSync(work) ? readdirSync(work) : []).map((name) => join(work, name, 'gate')).filter(existsSync)
  await eventually(() => gates().length > 0)
  await run('prepare-data', 'dataset.size=9')
  for (const path of gates()) rmSync(path)
  await expect(slow).resolves.toBeDefined()
  expect(provenance('train').components.data).not.toBe(provenance('prepare-data').key)
  expect(readFileSync(workspace.dist('train', 'metrics.jsonl'), 'utf8').trim().split('\n')).toHaveLength(12)
})

test('a plan touches nothing, and says what is not known yet', async () => {
  const planned = await plan(workspace.request('evaluate'))
  expect(planned.key).toEqual({ known: false, because: 'it depends on prepare-data, which has not run' })
  expect(readdirSync(workspace.home).sort()).toEqual(['given', 'graph'])
  expect(existsSync(workspace.path('dist'))).toBe(false)
})

test('a loss that is no longer a number fails, keeps nothing, and leaves no artifact behind', async () => {
  await expect(run('train', 'training.break_at=5')).rejects.toThrow(/weight became nan at step 5/)
  expect(existsSync(workspace.dist('train'))).toBe(false)
})

test('bad data fail with what to do, and prepare nothing', async () => {
  await expect(run('train', 'dataset.size=0')).rejects.toThrow(/the train split is empty.*\n.*dataset.size/)
})

test('a recipe that writes no model fails with that', async () => {
  workspace.write('experiments/plain/tiny/recipe.py', 'def train(ctx):\n    pass\n')
  await expect(run('train')).rejects.toThrow('wrote no model.safetensors')
})

test('a stopped training writes a checkpoint, and the same command ends with the bytes of an unbroken one', async () => {
  await expect(stoppedAt(1, 'training.pause=0.1')).rejects.toThrow(/stopped at step/)
  workspace.said()
  await run('train', 'training.pause=0.1')
  const resumed = readFileSync(workspace.dist('train', 'model.safetensors'))
  const steps = readFileSync(workspace.dist('train', 'metrics.jsonl'), 'utf8').trim().split('\n')
  expect(steps.map((line) => JSON.parse(line).step)).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 1),
  )

  const other = new TinyWorkspace()
  await execute(other.request('train', 'training.pause=0.1'), other.session())
  expect(readFileSync(other.dist('train', 'model.safetensors'))).toEqual(resumed)
  other.dispose()
})

test('a longer training continues from the shorter one, and ends with the bytes of one in one piece', async () => {
  await run('train')
  await run('train', 'training.epochs=5')
  expect(provenance('train').continued_from).toMatchObject({ step: 12 })
  const extended = readFileSync(workspace.dist('train', 'model.safetensors'))
  const steps = readFileSync(workspace.dist('train', 'metrics.jsonl'), 'utf8').trim().split('\n')
  expect(steps.map((line) => JSON.parse(line).step)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  )

  const other = new TinyWorkspace()
  await execute(other.request('train', 'training.epochs=5'), other.session())
  expect(readFileSync(other.dist('train', 'model.safetensors'))).toEqual(extended)
  other.dispose()
})

test('a shorter training leaves a stopped longer one what it has done', async () => {
  const long = ['training.epochs=5', 'training.pause=0.1']
  await expect(stoppedAt(14, ...long)).rejects.toThrow(/stopped at step/)
  await run('train', 'training.epochs=2', 'training.pause=0.1')
  await run('train', ...long)
  expect(provenance('train').continued_from).toMatchObject({ checkpoint: expect.any(String) })
  expect((provenance('train').continued_from as { step: number }).step).toBeGreaterThanOrEqual(14)
  // Once the longer one is stored nobody needs them.
  expect(readdirSync(join(workspace.home, 'work')).filter((name) => !name.endsWith('.lock'))).toEqual([])
})

test('a shorter training never continues from a longer one', async () => {
  await run('train', 'training.epochs=5')
  await run('train', 'training.epochs=2')
  expect(provenance('train').continued_from).toBeUndefined()
  expect(readFileSync(workspace.dist('train', 'metrics.jsonl'), 'utf8').trim().split('\n')).toHaveLength(8)
})

describe('what reaches a training', () => {
  const recipe = 'experiments/plain/tiny/recipe.py'
  /** A recipe whose model is this Python expression. */
  const modelIs = (expression: string) =>
    workspace.write(
      recipe,
      `import os
import struct

from blacksmith.training.tensorfile import Raw, write_tensors


def train(ctx):
    value = float(${expression})
    write_tensors(ctx.output / "model.safetensors", {"x": Raw("F64", (), memoryview(struct.pack("<d", value)))})
`,
    )
  const model = () => readFileSync(workspace.dist('train', 'model.safetensors')).subarray(-8).readDoubleLE()

  test('of the data it sees what was made, and none of the records of that run', async () => {
    modelIs('len(os.listdir(ctx.data))')
    await run('train')
    expect(model()).toBe(1)
  })

  test('a mapping of parameters has one order, whatever that of the file', async () => {
    workspace.write(
      'experiments/plain/tiny/config.ts',
      `import { defineExperiment, z } from '@blacksmith/config'

export default defineExperiment({
  dataset: z.object({ size: z.int().default(4) }),
  model: z.object({ layers: z.record(z.string(), z.number()) }),
  training: z.object({ epochs: z.int().default(3), seed: z.int().default(0) }),
})
`,
    )
    modelIs('list(ctx.config.model.layers.values())[0]')
    const file = 'experiments/plain/tiny/experiment.yaml'
    const before = readFileSync(workspace.path(file), 'utf8')
    for (const layers of ['{ a: 1, b: 2 }', '{ b: 2, a: 1 }']) {
      workspace.write(file, before.replace('{ name: weight }', `{ name: weight, layers: ${layers} }`))
      await run('train')
      expect(model()).toBe(1)
    }
  })

  test('nothing but checkpoints passes from a training that was killed to the next of its lineage', async () => {
    const leftover = (leave: string) =>
      `(lambda p: float(p.read_text()) if p.exists() else (p.write_text("5"), ${leave})[1])(ctx.work / "cache.txt")`
    modelIs(leftover('ctx.fail()'))
    await expect(run('train')).rejects.toThrow()
    modelIs(leftover('1'))
    await run('train')
    expect(model()).toBe(1)
  })

  test('what a training without its box has made is not that of one in it', async () => {
    modelIs('float(open("/proc/self/comm").read() != "")')
    process.env.BLACKSMITH_BOX = 'off'
    await run('train')
    delete process.env.BLACKSMITH_BOX
    const open = provenance('train')
    workspace.said()
    await run('train')
    expect(workspace.said()).not.toMatch(/the store has run \w+ \(plain-tiny:train\)/)
    expect(open.box?.enforced).toMatch(/nothing/)
    expect(provenance('train').key).not.toBe(open.key)
  })
})

async function eventually(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !holds(); tries++) await pause(20)
  expect(holds()).toBe(true)
}

function flattened(value: unknown, path = ''): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return { [path]: value }
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, member]) => flattened(member, path === '' ? key : `${path}.${key}`)),
  )
}
