import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { addNumberExperiment, atGate, number, train, writeRecipe } from './number-experiment'
import { endAll } from './run-tree'
import { SlurmCluster, withoutSlurm } from './slurm-cluster'
import { plainPython } from './tiny-experiment'
import { untilPrinted } from './until-printed'
import { Workspace } from './workspace'

const missing = withoutSlurm()
const describeCluster = missing ? describe.skip : describe

/** Adds up 1 to 8, so that a step too many or too few shows; it can be stopped, and held at gates. */
const sum = (gates: number[]) => `
state = ctx.resume(at_most=8)
step, x = (state["step"], state["x"]) if state else (0, 0.0)
while step < 8:
    step += 1
    x += step
    ctx.progress(step, 8)
    ctx.checkpoint_when_due(step, lambda: {"step": step, "x": x})
    if step in ${JSON.stringify(gates)}:
        gate(ctx, str(step))
`

describeCluster(`a workspace on a Slurm cluster${missing ? ` (${missing})` : ''}`, () => {
  const workspace = new Workspace()
  let cluster: SlurmCluster
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    addNumberExperiment(workspace, sum([]))
    cluster = await SlurmCluster.start()
    env = {
      ...plainPython,
      ...cluster.environment,
      BLACKSMITH_LAUNCHER: 'slurm',
      CI: undefined,
      GITHUB_ACTIONS: undefined,
    }
  })
  afterAll(async () => {
    await cluster?.dispose()
    endAll(workspace)
    workspace.dispose()
  })

  /** A training that nobody has made yet. */
  function newTraining(name: string, gates: number[]): void {
    writeRecipe(workspace, sum(gates), `# ${name}`)
  }

  /** Nx on the training: what it has said, and how it ended. */
  function start(extra: NodeJS.ProcessEnv = {}) {
    const nx: ChildProcess = workspace.startNx(train, { ...env, ...extra })
    let output = ''
    for (const stream of [nx.stdout, nx.stderr])
      stream?.on('data', (text: Buffer) => {
        output += text
      })
    const ended = once(nx, 'close').then(([status]) => ({ status: status as number | null, output }))
    return { nx, ended }
  }

  const submissions = (name: RegExp) =>
    cluster
      .ask('scontrol', ['show', 'job', '--oneliner'])
      .split('\n')
      .filter((line) => name.test(line))

  // A test that fails leaves nothing that the next one would wait for.
  afterEach(() => void cluster.ask('scancel', ['--user=root']))

  /** A requeued job waits for two minutes; in the second in which it was requeued, nodes refuse to start it again. */
  function startSoon(id: string): void {
    cluster.ask('scontrol', ['update', `JobId=${id}`, 'StartTime=now+3'])
  }

  test('all three targets are jobs, and afterwards there is nothing to do', () => {
    const first = workspace.nx(['run', 'plain-tiny:evaluate'], env)
    expect(first.status === 0 ? 'ok' : first.output).toBe('ok')
    expect(first.output.match(/submitted as Slurm job \d+/g)).toHaveLength(3)
    expect(first.output).toMatch(/it runs on n[12]/)
    expect(number(workspace)).toBe(36)
    const { commit } = workspace.json<{ commit: string }>('dist/plain-tiny/default/train/provenance.json')
    expect(commit).toBe(workspace.git('rev-parse', 'HEAD').trim())
    expect(workspace.blacksmith(['doctor', '--cluster'], env).output).toMatch(
      /launcher +ok +Slurm answers[\s\S]*cpu node +ok +.*Python 3/,
    )
    workspace.forgetNxCache()
    const again = workspace.nx(['run', 'plain-tiny:evaluate'], env)
    expect(again.output).toMatch(/nothing to do: the store has run/)
    expect(again.output).not.toMatch(/submitted/)
  })

  test('a job outlives its nx, is found again, and goes on after a cancel, a requeue and an end of its time', async () => {
    newTraining('interrupted', [2, 4, 6])
    const first = start()
    const [, id = ''] = await untilPrinted(first.nx, /submitted as Slurm job (\d+)/)
    await atGate(workspace, '2')
    first.nx.kill('SIGKILL')
    await first.ended
    const queue = workspace.blacksmith(['queue'], env).output
    const [, name = ''] = /(bs-\w+) +\d+ +runs on n[12] +plain-tiny +train/.exec(queue) ?? []
    expect(queue).toContain(name || 'a job that runs')

    const second = start()
    await untilPrinted(second.nx, new RegExp(`it goes on already, as Slurm job ${id}`))
    cluster.ask('scancel', [id])
    const cancelled = await second.ended
    expect(cancelled.status).not.toBe(0)
    expect(cancelled.output).toMatch(/its Slurm job was cancelled by Slurm/)

    const third = start()
    const [, next = ''] = await untilPrinted(third.nx, /submitted as Slurm job (\d+)/)
    await untilPrinted(third.nx, /continuing at step 3/)
    await atGate(workspace, '4')
    cluster.ask('scontrol', ['requeue', next])
    await cluster.untilState(next, 'PENDING')
    startSoon(next)
    await atGate(workspace, '6')
    // As it does by itself before a limit of time.
    cluster.ask('scancel', ['--batch', '--signal=USR2', next])
    await cluster.untilState(next, 'PENDING')
    startSoon(next)
    const { status, output } = await third.ended
    expect(status === 0 ? 'ok' : output).toBe('ok')
    expect(output).toMatch(
      /attempt 2 runs on n[12][\s\S]*continuing at step 5[\s\S]*its time is nearly over[\s\S]*attempt 3 [\s\S]*continuing at step 7/,
    )
    expect(number(workspace)).toBe(36)
    expect(workspace.blacksmith(['logs', name], env).output).toMatch(
      /continuing at step 7[\s\S]*finished on n[12]/,
    )
  })

  test('what is edited while a job waits does not reach it', async () => {
    newTraining('edited', [])
    cluster.ask('scontrol', ['update', 'PartitionName=main', 'State=DOWN'])
    const { nx, ended } = start()
    await untilPrinted(nx, /Slurm job \d+ waits at place 1 of its queue/)
    writeRecipe(workspace, 'x = -1.0')
    cluster.ask('scontrol', ['update', 'PartitionName=main', 'State=UP'])
    const { status, output } = await ended
    expect(status === 0 ? 'ok' : output).toBe('ok')
    expect(number(workspace)).toBe(36)
  })

  test('an sbatch that times out after Slurm has taken the job makes no second one', async () => {
    newTraining('timed out', [])
    const sbatch = execFileSync('which', ['sbatch'], { encoding: 'utf8' }).trim()
    const programs = cluster.path('bin')
    mkdirSync(programs)
    writeFileSync(
      `${programs}/sbatch`,
      `#!/bin/sh\n${sbatch} "$@" >/dev/null\necho 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2\nexit 1\n`,
    )
    chmodSync(`${programs}/sbatch`, 0o755)
    const { output, status } = await start({ PATH: `${programs}:${process.env.PATH}` }).ended
    expect(status === 0 ? 'ok' : output).toBe('ok')
    const [, id = ''] = /submitted as Slurm job (\d+)/.exec(output) ?? []
    const [, name = 'none'] = /JobName=(\S+)/.exec(submissions(new RegExp(`^JobId=${id} `))[0] ?? '') ?? []
    expect(submissions(new RegExp(`JobName=${name} `))).toHaveLength(1)
  })

  test('a controller that dies costs nothing: a job that ends meanwhile has its result', async () => {
    newTraining('without controller', [2])
    const { ended } = start()
    const gate = await atGate(workspace, '2')
    await cluster.kill('slurmctld')
    gate.open()
    const { status, output } = await ended
    cluster.startController()
    expect(status === 0 ? 'ok' : output).toBe('ok')
    expect(number(workspace)).toBe(36)
  })

  test('an unknown partition, and a slip in cluster.yaml, are one clear error each', () => {
    newTraining('refused', [])
    workspace.write('cluster.yaml', 'kinds:\n  cpu: { partition: nowhere }\n')
    const refused = workspace.nx(train, env)
    expect(refused.status).not.toBe(0)
    expect(refused.output).toMatch(
      /Slurm refuses the job for the partition nowhere: .*invalid partition.*\n.*kinds\.cpu\.partition in cluster\.yaml/i,
    )
    workspace.write('cluster.yaml', 'kinds:\n  cpu: { partion: main }\n')
    const slip = workspace.blacksmith(['queue'], env).output
    expect(slip).toMatch(/cluster\.yaml:2:10 .*partion/)
    expect(slip).toMatch(/did you mean partition\?/)
    workspace.remove('cluster.yaml')
  })
})
