import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { Workspace } from '../e2e/workspace'
import { interleaved, ratioLine } from './interleaved'
import { PlainWorkspace } from './plain-workspace'

/**
 * What a cache hit of `evaluate` (three targets) costs beside a hit of three empty targets of the same shape in a
 * workspace without our plugin, nx called directly.
 *
 *     npx jiti benchmarks/cache-hit.ts [rounds]
 */
const repository = resolve(__dirname, '..')
const nx = join(repository, 'node_modules', 'nx', 'dist', 'bin', 'nx.js')
const rounds = Number(process.argv[2] ?? 11)

function main(): void {
  const ours = new Workspace()
  const plain = new PlainWorkspace({
    'prepare-data': emptyTarget('prepare-data', []),
    train: emptyTarget('train', ['prepare-data']),
    evaluate: emptyTarget('evaluate', ['train']),
  })
  try {
    for (const daemon of ['false', 'true']) {
      const env = { NX_DAEMON: daemon }
      const hitOurs = () => hit(ours.root, 'lightning-mnist:evaluate', ours.environment(env))
      const hitPlain = () => hit(plain.root, 'plain:evaluate', plain.environment(env))
      hitOurs()
      hitPlain()
      const times = interleaved(rounds, { ours: hitOurs, plain: hitPlain })
      console.log(
        ratioLine(`cache hit, daemon ${daemon === 'true' ? 'on' : 'off'}`, times, 'ours', 'plain', 1.1),
      )
    }
  } finally {
    spawnSync('node', [nx, 'daemon', '--stop'], { cwd: ours.root, env: ours.environment() })
    ours.dispose()
    plain.dispose()
  }
}

function hit(root: string, task: string, env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync('node', [nx, 'run', task], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`nx run ${task} failed:\n${stdout}${stderr}`)
}

/** A target that only writes a file, chained and cached as ours are. */
function emptyTarget(name: string, dependsOn: string[]) {
  return {
    command: `mkdir -p dist/plain/default/${name} && echo {} > dist/plain/default/${name}/manifest.json`,
    cache: true,
    dependsOn,
    inputs: ['{projectRoot}/**/*', { dependentTasksOutputFiles: '**/manifest.json', transitive: true }],
    outputs: [`{workspaceRoot}/dist/plain/default/${name}`],
  }
}

main()
