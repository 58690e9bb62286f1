import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { supervisorProgram } from '@blacksmith/native'
import { makeTree, removeTrees, workspaceRoot } from '../../config/src/testing/tree'
import { realPython, withVariables } from '../../environments/src/testing/workshop'
import { requestIn, runRequest, runScript } from './testing/fake-trainer'
import { isAlive, waitUntil } from './testing/processes'

afterAll(removeTrees)

/** Runs a script that is asked to stop as soon as it has started. */
function runStopped(script: string, o: { command?: string[]; env?: Record<string, string> } = {}) {
  const stop = new AbortController()
  return runScript(script, { ...o, signal: stop.signal, on: { started: () => stop.abort() } })
}

const supervised = (graceMs: number) => [
  supervisorProgram(),
  '--parent',
  String(process.pid),
  '--grace-ms',
  String(graceMs),
  '--',
]

/** A trainer that writes a checkpoint, for a while, when it is asked to stop. */
const willing = `
def stop(number, frame):
    time.sleep(0.7)
    emit("checkpoint", step=3, path="step-3", seconds=0.7)
    emit("failed", kind="stopped", message="stopped")
    os._exit(75)
signal.signal(signal.SIGTERM, stop)
started(); time.sleep(600)`

const stubborn = 'signal.signal(signal.SIGTERM, signal.SIG_IGN); started(); time.sleep(600)'

test.each([
  ['alone', []],
  ['under the supervisor', supervised(10_000)],
])('%s, a trainer that is asked to stop has the time to write a checkpoint', async (_, command) => {
  const { outcome } = await withVariables({ BLACKSMITH_STOP_GRACE: '10' }, () =>
    runStopped(willing, { command }),
  )
  expect(outcome).toMatchObject({
    kind: 'failed',
    failure: {
      kind: 'stopped',
      message: 'stopped at step 3; the same command continues from there',
      exit: { code: 75 },
    },
  })
})

test.each([
  ['alone', []],
  ['under the supervisor', supervised(300)],
])('%s, one that does not listen is killed when the grace is over', async (_, command) => {
  const { outcome } = await withVariables({ BLACKSMITH_STOP_GRACE: '0.3' }, () =>
    runStopped(stubborn, { command }),
  )
  expect(outcome).toMatchObject({
    failure: {
      kind: 'stopped',
      message: expect.stringContaining('did not end in time'),
      remedy: expect.stringContaining('BLACKSMITH_STOP_GRACE'),
    },
  })
})

test('a longer grace of the supervisor is not cut short', async () => {
  const slow = willing.replace('0.7', '1.5')
  const { outcome } = await withVariables({ BLACKSMITH_STOP_GRACE: '5' }, () =>
    runStopped(slow, { command: supervised(5000) }),
  )
  expect(outcome).toMatchObject({
    failure: { message: 'stopped at step 3; the same command continues from there' },
  })
})

test('a trainer that finishes although it was asked to stop has finished', async () => {
  const { outcome } = await runStopped(
    'signal.signal(signal.SIGTERM, signal.SIG_IGN); started(); time.sleep(0.3); finished()',
  )
  expect(outcome.kind).toBe('finished')
})

test('a stop before the trainer is ready ends it', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 150)
  const { outcome } = await runScript('time.sleep(600); started()', { signal: stop.signal })
  expect(outcome).toMatchObject({
    failure: {
      kind: 'stopped',
      message: 'it ended before it could write a checkpoint; the same command begins again',
    },
  })
})

test('after a stop nothing is started', async () => {
  const folder = makeTree()
  const { outcome } = await runScript(`open("${folder}/ran", "w")`, { signal: AbortSignal.abort() })
  expect(outcome).toMatchObject({
    failure: { kind: 'stopped', message: 'it was stopped before it was started' },
  })
  expect(existsSync(join(folder, 'ran'))).toBe(false)
})

test('a trainer that does not start is ended, and what it printed until then is shown', async () => {
  const { outcome } = await withVariables({ BLACKSMITH_START_SECONDS: '0.5' }, () =>
    runScript('print("importing", flush=True); time.sleep(600)'),
  )
  expect(outcome).toMatchObject({
    failure: {
      kind: 'crashed',
      message: 'the trainer did not start within 0.5 s and was ended',
      remedy: expect.stringContaining('BLACKSMITH_START_SECONDS'),
      traceback: 'importing',
    },
  })
})

test('a time that is no number is refused, before anything runs', async () => {
  const folder = makeTree()
  await withVariables({ BLACKSMITH_STOP_GRACE: 'soon' }, () =>
    expect(runScript(`open("${folder}/ran", "w"); started()`)).rejects.toMatchObject({
      problems: [
        {
          field: 'BLACKSMITH_STOP_GRACE',
          message: expect.stringMatching(/^is 'soon', which is not a number of seconds/),
        },
      ],
    }),
  )
  await delay(200)
  expect(existsSync(join(folder, 'ran'))).toBe(false)
})

test('what the supervisor cannot start is reported like what we cannot start', async () => {
  const environment = { name: 'e', python: '/gone/python', pythonVersion: '3', packages: {} }
  const { outcome } = await runScript('started()', { command: supervised(100), environment })
  expect(outcome).toMatchObject({
    failure: { message: expect.stringMatching(/^\/gone\/python cannot be started in .*No such file/) },
  })
})

test.each([
  ['alone', []],
  ['under the supervisor', [supervisorProgram()]],
])('%s, the real trainer ends within a second when whoever started it is killed', async (_, command) => {
  const recipe =
    'import os, time\ndef train(ctx):\n    (ctx.work / "pid").write_text(str(os.getpid()))\n    time.sleep(600)\n'
  const folder = makeTree({ 'recipe.py': recipe })
  const starter = `
    const { runTrainer } = require('jiti').createJiti(${JSON.stringify(__filename)})('./run-trainer')
    const command = ${JSON.stringify(command)}.flatMap((program) => [program, '--parent', String(process.pid), '--'])
    runTrainer(${JSON.stringify(requestIn(folder))}, {
      environment: { name: 'test', python: ${JSON.stringify(realPython)}, pythonVersion: '3', packages: {} },
      pythonPath: [${JSON.stringify(join(workspaceRoot, 'libs/python'))}], cwd: ${JSON.stringify(folder)}, env: {}, command,
      signal: new AbortController().signal, onEvent() {}, onOutput: console.log,
    })`
  const child = spawn(process.execPath, ['-e', starter], {
    cwd: workspaceRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const pidFile = join(folder, 'work', 'pid')
  await waitUntil(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '', 60)
  const pid = Number(readFileSync(pidFile, 'utf8'))
  expect(isAlive(pid)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await waitUntil(() => !isAlive(pid), 60)
})

test('the real runner, stopped by SIGTERM, writes its checkpoint and says so', async () => {
  const recipe = `
import time
def train(ctx):
    state = ctx.resume()
    for step in range(0 if state is None else state["step"], 10_000):
        time.sleep(0.01)
        ctx.progress(step + 1, 10_000)
        ctx.checkpoint_when_due(step + 1, lambda: {"step": step + 1})
`
  const folder = makeTree({ 'recipe.py': recipe })
  const stop = new AbortController()
  const { outcome, events } = await runRequest(requestIn(folder), {
    pythonPath: [join(workspaceRoot, 'libs/python')],
    cwd: folder,
    signal: stop.signal,
    on: { progress: () => stop.abort() },
  })
  expect(outcome).toMatchObject({
    failure: {
      kind: 'stopped',
      message: expect.stringMatching(/^stopped at step \d+ of 10,000; the same command continues/),
      exit: { code: 75 },
    },
  })
  expect(events.map(({ event }) => event)).toContain('checkpoint')
})
