import { SlurmCluster, withoutSlurm } from './slurm-cluster'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { Workspace } from './workspace'

const missing = withoutSlurm()
const describeCluster = missing ? describe.skip : describe

describeCluster(`a workspace on a Slurm cluster${missing ? ` (${missing})` : ''}`, () => {
  const workspace = new Workspace()
  let cluster: SlurmCluster
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    addTinyExperiment(workspace)
    workspace.commit('A tiny experiment')
    cluster = await SlurmCluster.start()
    env = { ...plainPython, ...cluster.environment, BLACKSMITH_LAUNCHER: 'slurm' }
  })
  afterAll(async () => {
    await cluster?.dispose()
    workspace.dispose()
  })

  test('runs all three targets as jobs, and is a hit afterwards', () => {
    const first = workspace.nx(['run', 'plain-tiny:evaluate'], env)
    expect(first.status === 0 ? 'ok' : first.output).toBe('ok')
  })
})
