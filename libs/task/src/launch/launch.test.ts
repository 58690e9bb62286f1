import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Launcher, launchers, launchingFrom, Unanswered } from '@blacksmith/launch'
import { processes } from '@blacksmith/launch/testing'
import { plan } from '../plan'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'
import { listJobs, type Round } from './job-files'
import { cancelJob, jobNamed, submittedJobs } from './submitted-jobs'

const recipe = 'experiments/plain/tiny/recipe.py'
/** The training holds before its sixth step, once, until a test lets it go on or it is asked to stop. */
const gate = `        gate, passed = ctx.work / "gate", ctx.work.parent / "passed"
        if step == 6 and not passed.exists():
            gate.touch()
            while gate.exists() and not ctx.should_stop:
                time.sleep(0.01)
`
const area = mkdtempSync(join(tmpdir(), 'blacksmith-launch-'))
/** The manifest of a training in one piece on this machine. */
let expected: string

let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
  const before = '        time.sleep(settings.pause)\n'
  workspace.write(recipe, workspace.read(recipe).replace(before, gate + before))
  workspace.write('cluster.yaml', `folder: ${jobs()}\nkinds: { cpu: {} }\n`)
  launchers.processes = processes
  Object.assign(process.env, { BLACKSMITH_LAUNCHER: 'processes', BLACKSMITH_CHECKPOINT_SECONDS: '0', CI: '' })
})
afterEach(() => {
  workspace.dispose()
  delete launchers.processes
})
afterAll(() => rmSync(area, { recursive: true, force: true }))

const jobs = () => join(workspace.home, 'jobs')
const own = () => join(jobs(), userInfo().username)
const manifest = () => readFileSync(workspace.dist('train', 'manifest.json'), 'utf8')
const train = (signal = new AbortController().signal, ...set: string[]) =>
  execute(workspace.request('train', ...set), workspace.session({ signal }))

/** What becomes of a command that goes on, without anybody waiting for it yet. */
function goingOn(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: Error) => error.message,
  )
}

function launching() {
  const found = launchingFrom(workspace.root)
  if (!found) throw new Error('no launcher')
  return found
}

/** The newest round of the training's job. */
function round(): Round | undefined {
  const trainings = submittedJobs(launching(), workspace.home).filter(
    ({ record }) => record.target === 'train',
  )
  return trainings.at(-1)?.round
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (const end = Date.now() + 100_000; Date.now() < end; await pause(20)) {
    const found = look()
    if (found !== undefined) return found
  }
  throw new Error('what was waited for did not come')
}

/** Waits until the training holds at its gate; what is given back lets it, and all that come after, go on. */
function atGate(home = workspace.home): Promise<() => void> {
  const work = join(home, 'work')
  return until(() => {
    const runs = existsSync(work) ? readdirSync(work) : []
    const found = runs.map((name) => join(work, name, 'gate')).find((path) => existsSync(path))
    return found === undefined
      ? undefined
      : () => {
          mkdirSync(join(work, 'passed'), { recursive: true })
          rmSync(found, { force: true })
        }
  })
}

/** Kills a job and all that it has started at once, as a power cut would. */
function killJob(): void {
  const pid = Number(round()?.submissions().at(-1)?.reference)
  process.kill(-pid, 'SIGKILL')
}

test('a job makes the bytes that are made here, and afterwards there is nothing to do', async () => {
  mkdirSync(join(workspace.home, 'work/passed'), { recursive: true })
  await train()
  expected = manifest()
  expect(workspace.said()).toMatch(/submitted as processes job \d+/)
  await train()
  expect(workspace.said()).toMatch(/nothing to do: the store has run/)
  process.env.BLACKSMITH_LAUNCHER = 'local'
  rmSync(join(workspace.home, 'artifacts'), { recursive: true })
  rmSync(workspace.path('dist'), { recursive: true })
  await train()
  expect(manifest()).toBe(expected)
})

test('who stops following leaves the job, and the same command finds it; what is edited meanwhile does not reach it', async () => {
  const stop = new AbortController()
  const first = goingOn(train(stop.signal))
  const open = await atGate()
  stop.abort()
  expect(await first).toMatch(
    /stopped following; processes job \d+ \(bs-\w{12}\) goes on\n.*npx blacksmith cancel bs-/,
  )
  const text = workspace.read(recipe)
  const second = goingOn(train())
  await until(() =>
    /it goes on already, as processes job/.test(workspace.lines.join('\n')) ? true : undefined,
  )
  workspace.write(recipe, text.replace('random.random()', '1000.0'))
  open()
  expect(await second).toBe('done')
  expect(manifest()).toBe(expected)
  expect(listJobs(own()).flatMap((job) => job.latest()?.submissions() ?? [])).toHaveLength(2)
})

test('a job that is lost is submitted again, and ends in the same bytes', async () => {
  const done = goingOn(train())
  const open = await atGate()
  killJob()
  open()
  expect(await done).toBe('done')
  expect(manifest()).toBe(expected)
  expect(workspace.said()).toMatch(/is gone without a result; it is submitted again[\s\S]*attempt 2 runs on/)
})

test('one that is lost three times has failed, with what it printed last', async () => {
  launchers.processes = (cluster) => ({
    ...processes(cluster),
    async submit({ log }) {
      writeFileSync(log, 'no-node: not found\n')
      return '1'
    },
  })
  await expect(execute(workspace.request('prepare-data'), workspace.session())).rejects.toThrow(
    /processes has lost it 3 times[\s\S]*no-node: not found[\s\S]*see .*job\.log/,
  )
})

test('a loss that is no number is said, and is not tried again', async () => {
  const failed = await train(undefined, 'training.break_at=3').catch((error: Error) => error)
  expect(failed).toMatchObject({
    message: expect.stringContaining('the loss is no longer a number'),
    cause: { kind: 'nan', exit: { signal: null } },
  })
  expect(round()?.submissions()).toHaveLength(1)
  expect(round()?.attempts()).toEqual([1])
})

test('a cancelled job says so to who follows it, and the same command goes on from its checkpoint', async () => {
  const followed = goingOn(train())
  const open = await atGate()
  const named = jobNamed('plain-tiny:train', submittedJobs(launching(), workspace.home))
  await cancelJob(named, launching(), 'ada')
  expect(await followed).toMatch(/its processes job was cancelled by ada/)
  open()
  await train()
  expect(manifest()).toBe(expected)
  expect(workspace.said()).toMatch(/continuing at step/)
})

test('a build that is stopped takes its job with it', async () => {
  process.env.CI = 'true'
  const stop = new AbortController()
  const build = goingOn(train(stop.signal))
  await atGate()
  stop.abort()
  expect(await build).toMatch(/^stopped, and processes job \d+ \(bs-\w+\) with it/)
  expect(round()?.outcome()).toEqual({ kind: 'cancelled', by: 'the end of its build' })
})

test('nodes with a store of their own get what is read there, and the result comes from there', async () => {
  const home = join(area, 'node')
  mkdirSync(home)
  const known = process.env.KNOWN_TO_TESTS ?? ''
  for (const name of readdirSync(known)) symlinkSync(join(known, name), join(home, name))
  mkdirSync(join(home, 'work/passed'), { recursive: true })
  workspace.write('cluster.yaml', `folder: ${jobs()}\nhome: ${home}\n`)
  await train()
  expect(manifest()).toBe(expected)
  expect(readdirSync(join(home, 'artifacts'))).not.toEqual([])
  expect(readdirSync(join(own(), 'shared/trusted/records'))).toHaveLength(2)
})

test('nodes make the environments: here there need be none', async () => {
  delete process.env.BLACKSMITH_PYTHON
  const prepare = () => execute(workspace.request('prepare-data'), workspace.session())
  expect((await plan(workspace.request('prepare-data'))).environment.known).toBe(false)
  await prepare()
  expect(workspace.said()).toMatch(/first use of the Python environment data/)
  await prepare()
  expect(workspace.said()).toMatch(/nothing to do/)
  expect(listJobs(own())).toHaveLength(1)
})

test('an engine that does not answer is waited for, and what it took all the same is not submitted twice', async () => {
  mkdirSync(join(workspace.home, 'work/passed'), { recursive: true })
  let submitted = 0
  launchers.processes = (cluster): Launcher => {
    const real = processes(cluster)
    return {
      ...real,
      async submit(job) {
        const reference = await real.submit(job)
        submitted++
        if (submitted === 1) throw new Unanswered('the answer was lost')
        return reference
      },
    }
  }
  await execute(workspace.request('prepare-data'), workspace.session())
  expect(workspace.said()).toMatch(/processes does not answer \(the answer was lost\); waiting for it/)
  expect(readdirSync(join(jobs(), 'processes'))).toHaveLength(1)
})

test('a machine without cards asks the cluster for them: never does it take the CPU instead', async () => {
  const header = 'experiments/plain/tiny/experiment.yaml'
  workspace.write(header, workspace.read(header).replace('[cpu]', '[tt, cpu]'))
  workspace.write('libs/python/requirements/plain-tt.txt', '')
  workspace.write('cluster.yaml', 'kinds: { cpu: {}, tt: { partition: n300 } }\n')
  expect((await plan(workspace.request('train'))).experiment.placement.kind).toBe('tt')
  workspace.write('cluster.yaml', 'kinds: { gpu: {} }\n')
  await expect(train()).rejects.toThrow(/^cluster\.yaml {2}kinds {2}says nothing of tt devices[\s\S]*\(gpu\)/)
  process.env.BLACKSMITH_LAUNCHER = 'local'
  expect((await plan(workspace.request('train'))).experiment.placement.kind).toBe('cpu')
})
