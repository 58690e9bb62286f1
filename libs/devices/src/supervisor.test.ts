import { spawn } from 'node:child_process'
import { supervisorProgram } from '@blacksmith/native'
import { obedient, unresponsive, withWorkers } from './testing/shell-trainers'
import {
  eventually,
  innerSupervisor,
  killAll,
  processesWith,
  type Supervised,
  superviseShell,
} from './testing/supervised'

const running: Supervised[] = []
afterEach(() => {
  killAll(running.splice(0).flatMap((run) => run.tree().map(({ pid }) => pid)))
})

async function start(script: string, options: string[] = []): Promise<Supervised> {
  const run = superviseShell(script, { options })
  running.push(run)
  await eventually(() => run.output().includes('ready'))
  return run
}

async function isGone(run: Supervised, seconds: number): Promise<void> {
  await eventually(() => run.tree().length === 0, seconds)
  expect(run.tree()).toEqual([])
}

describe('the supervisor', () => {
  it.each([
    ['exit 0', { code: 0, signal: null }],
    ['exit 7', { code: 7, signal: null }],
    ['kill -SEGV $$', { code: null, signal: 'SIGSEGV' }],
    ['kill -KILL $$', { code: null, signal: 'SIGKILL' }],
  ])('ends as its trainer ends: %s', async (script, ending) => {
    expect(await superviseShell(script).ended).toEqual(ending)
  })

  it('says what it cannot start, and ends as a shell would', async () => {
    const child = spawn(supervisorProgram(), ['--', 'no-such-trainer'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (data) => {
      said += data
    })
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(127)
    expect(said).toBe('blacksmith-supervise: cannot start no-such-trainer: No such file or directory\n')
  })

  it('lets the trainer write its checkpoint on SIGTERM, and ends its workers', async () => {
    const run = await start(obedient)
    run.process.kill('SIGTERM')
    expect(await run.ended).toEqual({ code: 75, signal: null })
    expect(run.output()).toContain('checkpoint')
    await isGone(run, 0)
  })

  it.each(['SIGHUP', 'SIGINT'] as const)('takes %s as a request to stop', async (signal) => {
    const run = await start(obedient)
    run.process.kill(signal)
    expect((await run.ended).code).toBe(75)
  })

  it('takes the several signals of one Ctrl-C as one request', async () => {
    const run = await start(
      `trap 'sleep 1; echo checkpoint; exit 75' TERM; echo ready; while :; do sleep 0.05; done`,
    )
    for (let i = 0; i < 4; i++) run.process.kill('SIGINT')
    expect((await run.ended).code).toBe(75)
    expect(run.output()).toContain('checkpoint')
  })

  it('kills a trainer that ignores SIGTERM when the grace is over', async () => {
    const run = await start(unresponsive, ['--grace-ms', '300'])
    const start_ = Date.now()
    run.process.kill('SIGTERM')
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL' })
    expect(Date.now() - start_).toBeGreaterThanOrEqual(290)
    await isGone(run, 0)
  })

  it('gives little time after a second Ctrl-C, and none after a third', async () => {
    const run = await start(unresponsive, ['--grace-ms', '3600000'])
    for (let i = 0; i < 3; i++) {
      run.process.kill('SIGINT')
      await new Promise((resolve) => setTimeout(resolve, 600))
    }
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('does not shorten the grace when SIGTERM comes again', async () => {
    const run = await start(`trap 'n=$((n+1)); [ $n = 2 ] && echo twice && sleep 2.5 && exit 75' TERM
      echo ready; while :; do sleep 0.05; done`)
    run.process.kill('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 700))
    run.process.kill('SIGTERM')
    expect((await run.ended).code).toBe(75)
  })

  it('ends workers that outlive their trainer, whatever they do', async () => {
    const run = superviseShell(withWorkers.replace('wait', 'exit 3'), { options: ['--grace-ms', '200'] })
    running.push(run)
    expect((await run.ended).code).toBe(3)
    await isGone(run, 0)
  })

  it('leaves nothing behind when it is killed, and when the process inside it is', async () => {
    const outerKilled = await start(withWorkers)
    outerKilled.process.kill('SIGKILL')
    await outerKilled.ended
    await isGone(outerKilled, 1)

    const innerKilled = await start(withWorkers)
    process.kill(innerSupervisor(innerKilled), 'SIGKILL')
    expect(await innerKilled.ended).toEqual({ code: null, signal: 'SIGKILL' })
    await isGone(innerKilled, 1)
  })

  it('takes the trainer with it when both its processes are killed at once', async () => {
    const run = await start('echo ready; exec sleep 100')
    const innerPid = innerSupervisor(run)
    process.kill(innerPid, 'SIGSTOP')
    run.process.kill('SIGKILL')
    process.kill(innerPid, 'SIGKILL')
    await isGone(run, 1)
  })

  it('lets the trainer write its checkpoint when the executor is killed', async () => {
    const executor = spawn(
      process.execPath,
      [
        '-e',
        `const child = require('child_process').spawn(process.argv[1], ['--parent', process.pid, '--', 'sh', '-c', process.argv[2]],
           { stdio: 'inherit' })`,
        supervisorProgram(),
        obedient,
      ],
      { env: { ...process.env, SUPERVISED_TREE: 'executor-killed' }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let said = ''
    executor.stdout.on('data', (data) => {
      said += data
    })
    await eventually(() => said.includes('ready'))
    executor.kill('SIGKILL')
    await eventually(() => processesWith('SUPERVISED_TREE', 'executor-killed').length === 0)
    expect(processesWith('SUPERVISED_TREE', 'executor-killed')).toEqual([])
    // They may be gone before all that they said is read.
    await eventually(() => said.includes('checkpoint'))
    expect(said).toContain('checkpoint')
  })

  it('does not start a trainer for an executor that is dead already', async () => {
    const run = superviseShell('echo started', { options: ['--parent', '1'] })
    expect((await run.ended).code).toBe(125)
    expect(run.output()).toBe('')
  })

  it('keeps the events and control pipes to the trainer alone', async () => {
    const script = `exec 1>&-; echo event >&3; exec 3>&-; cat <&4 >/dev/null; exit 9`
    const child = spawn(supervisorProgram(), ['--', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'],
    })
    const [, , , events, control] = child.stdio as unknown as [
      null,
      null,
      null,
      NodeJS.ReadableStream,
      NodeJS.WritableStream,
    ]
    let said = ''
    events.on('data', (data) => {
      said += data
    })
    // They end while the trainer lives on: nobody else holds them.
    await new Promise((resolve) => events.once('end', resolve))
    expect(said).toBe('event\n')
    expect(child.exitCode).toBeNull()
    control.end()
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(9)
  })
})
