import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Workspace } from '../e2e/workspace'
import { interleaved, ratioLine } from './interleaved'

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
  const plain = plainWorkspace()
  try {
    for (const daemon of ['false', 'true']) {
      const env = { NX_DAEMON: daemon }
      const hitOurs = () => hit(ours.root, 'lightning-mnist:evaluate', ours.environment(env))
      const hitPlain = () =>
        hit(plain, 'plain:evaluate', { ...process.env, ...plainEnvironment(plain), ...env })
      hitOurs()
      hitPlain()
      const times = interleaved(rounds, { ours: hitOurs, plain: hitPlain })
      console.log(
        ratioLine(`cache hit, daemon ${daemon === 'true' ? 'on' : 'off'}`, times, 'ours', 'plain', 1.1),
      )
    }
  } finally {
    for (const root of [ours.root, plain]) spawnSync('node', [nx, 'daemon', '--stop'], { cwd: root })
    ours.dispose()
    rmSync(plain, { recursive: true, force: true })
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

/** Three targets that only write a file, chained and cached as ours are. */
function plainWorkspace(): string {
  const root = mkdtempSync(join(tmpdir(), 'blacksmith-plain-'))
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  const write = (path: string, value: unknown) => {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), JSON.stringify(value))
  }
  const target = (name: string, dependsOn: string[]) => ({
    command: `mkdir -p dist/plain/default/${name} && echo {} > dist/plain/default/${name}/manifest.json`,
    cache: true,
    dependsOn,
    inputs: ['{projectRoot}/**/*', { dependentTasksOutputFiles: '**/manifest.json', transitive: true }],
    outputs: [`{workspaceRoot}/dist/plain/default/${name}`],
  })
  write('nx.json', { neverConnectToCloud: true, analytics: false, tui: { enabled: false } })
  write('package.json', { name: 'plain-workspace', private: true })
  write('plain/project.json', {
    name: 'plain',
    targets: {
      'prepare-data': target('prepare-data', []),
      train: target('train', ['prepare-data']),
      evaluate: target('evaluate', ['train']),
    },
  })
  spawnSync('git', ['init', '--quiet'], { cwd: root })
  writeFileSync(join(root, '.gitignore'), 'node_modules\ndist\n.nx\n')
  return root
}

function plainEnvironment(root: string): NodeJS.ProcessEnv {
  return {
    NX_CACHE_DIRECTORY: join(root, '.nx', 'cache'),
    NX_WORKSPACE_DATA_DIRECTORY: join(root, '.nx', 'data'),
  }
}

main()
