import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Workspace } from '../e2e/workspace'
import { interleaved, ratioLine } from './interleaved'

/**
 * What inferring 500 experiments costs beside reading 500 project.json files that say the same: listing the
 * projects and a cache hit with the daemon, and a graph from nothing without it. nx is called directly.
 *
 *     npx jiti benchmarks/graph.ts [rounds] [experiments] [only what has this in its name]
 */
const nx = join(resolve(__dirname, '..'), 'node_modules', 'nx', 'dist', 'bin', 'nx.js')
const rounds = Number(process.argv[2] ?? 7)
const count = Number(process.argv[3] ?? 500)
const only = process.argv[4] ?? ''

function main(): void {
  const inferred = withExperiments(count)
  const projects = projectsOf(inferred)
  const still = withExperiments(count)
  makeStatic(still, projects)
  const candidates = { inferred, static: still }
  try {
    const cold = (workspace: Workspace) => {
      forgetGraph(workspace)
      return run(workspace, ['show', 'projects'], { NX_DAEMON: 'false' })
    }
    measure('graph from nothing, no daemon', candidates, cold, 1.3)
    // The user's cache of what was parsed outlives a graph; a first clone on a machine does not have it.
    const first = (workspace: Workspace) => {
      rmSync(join(workspace.home, 'graph'), { recursive: true, force: true })
      return cold(workspace)
    }
    measure('the very first graph, no daemon', candidates, first, 1.3)
    const warm = (workspace: Workspace) => run(workspace, ['show', 'projects'], { NX_DAEMON: 'false' })
    measure('known graph, no daemon', candidates, warm, 1.15)
    const listed = (workspace: Workspace) => run(workspace, ['show', 'projects'], { NX_DAEMON: 'true' })
    measure('nx show projects, daemon', candidates, listed, 1.15)
    const hit = (workspace: Workspace) =>
      run(workspace, ['run', 'plain-x1:prepare-data'], { NX_DAEMON: 'true' })
    measure('cache hit, daemon', candidates, hit, 1.15)
  } finally {
    for (const workspace of Object.values(candidates)) {
      spawnSync('node', [nx, 'daemon', '--stop'], { cwd: workspace.root, env: workspace.environment() })
      workspace.dispose()
    }
  }
}

function measure(
  what: string,
  candidates: Record<'inferred' | 'static', Workspace>,
  act: (workspace: Workspace) => unknown,
  atMost: number,
): void {
  if (!what.includes(only)) return
  for (const workspace of Object.values(candidates)) act(workspace)
  const times = interleaved(rounds, {
    inferred: () => act(candidates.inferred),
    static: () => act(candidates.static),
  })
  console.log(ratioLine(what, times, 'inferred', 'static', atMost))
}

/** A workspace with many experiments that differ from each other, as real ones do, and two overlays each. */
function withExperiments(howMany: number): Workspace {
  const workspace = new Workspace()
  const source = (file: string) => workspace.read(`experiments/lightning/mnist/${file}`)
  const [yaml, config, recipe] = ['experiment.yaml', 'config.ts', 'recipe.py'].map(source)
  workspace.write('libs/python/requirements/plain.txt', '')
  for (let at = 1; at <= howMany; at++) {
    const directory = `experiments/plain/x${at}`
    workspace.write(
      `${directory}/experiment.yaml`,
      yaml?.replace('description: ', `description: No. ${at}, `) ?? '',
    )
    workspace.write(`${directory}/config.ts`, config ?? '')
    workspace.write(`${directory}/recipe.py`, `${recipe}\n# No. ${at}\n`)
    workspace.write(`${directory}/configs/full.yaml`, 'dataset: { source: full }\n')
    workspace.write(`${directory}/devices/gpu.yaml`, 'training: { batch_size: 256 }\n')
  }
  // Made by the first run in real life; without it Nx's hook has to start a Python to ask for its version.
  const { status, output } = workspace.blacksmith(['environment', 'plain'])
  if (status !== 0) throw new Error(output)
  workspace.commit('Many experiments')
  return workspace
}

interface Target {
  executor?: string
  options?: Record<string, unknown>
}

interface Graph {
  nodes: Record<
    string,
    { data: Record<string, unknown> & { root: string; targets?: Record<string, Target> } }
  >
  dependencies: Record<string, { target: string }[]>
}

function projectsOf(workspace: Workspace): Graph {
  run(workspace, ['graph', '--file=graph.json'], { NX_DAEMON: 'false' })
  const { graph } = workspace.json<{ graph: Graph }>('graph.json')
  workspace.remove('graph.json')
  return graph
}

/** The same projects, written down: no plugin of ours takes part. */
function makeStatic(workspace: Workspace, { nodes, dependencies }: Graph): void {
  for (const [name, { data }] of Object.entries(nodes)) {
    // npm's workspaces are inferred by Nx itself in both.
    if (existsSync(workspace.path(data.root, 'package.json'))) continue
    const { root, files: _, targets = {}, ...project } = data
    const implicitDependencies = [...new Set(dependencies[name]?.map(({ target }) => target))]
    const own = Object.fromEntries(
      Object.entries(targets).map(([each, target]) => [each, withCommand(target, each)]),
    )
    const written = { ...project, name, implicitDependencies, targets: own }
    workspace.write(`${root}/project.json`, JSON.stringify(written))
  }
  const settings = workspace.json<Record<string, unknown>>('nx.json')
  workspace.write('nx.json', JSON.stringify({ ...settings, plugins: [] }))
  workspace.commit('Static projects')
}

/** Our executors refuse where our plugin's hooks are not asked; a hit is one whatever made the outputs. */
function withCommand(target: Target, name: string): Target {
  if (!target.executor?.startsWith('@blacksmith/')) return target
  const folder = `dist/{projectName}/default/${name}`
  const command = `mkdir -p ${folder} && echo {} > ${folder}/manifest.json`
  return {
    ...target,
    executor: 'nx:run-commands',
    options: { ...target.options, command, forwardAllArgs: false },
  }
}

function forgetGraph(workspace: Workspace): void {
  const { NX_WORKSPACE_DATA_DIRECTORY: data } = workspace.environment()
  if (data) rmSync(data, { recursive: true, force: true })
}

function run(workspace: Workspace, args: string[], extra: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = spawnSync('node', [nx, ...args], {
    cwd: workspace.root,
    env: workspace.environment({ ...extra }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`nx ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}

main()
