import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pack } from '../tools/release/packages'
import { selectedProjects } from './selected-projects'
import { runCommand, Workspace } from './workspace'

/** A workspace of somebody else's: Nx, and nothing of ours but the packages of a release. */
function install(root: string): void {
  const { devDependencies } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const tarballs = pack(join(root, '../packages')).map((file) => [nameOf(file), `file:${file}`])
  const nx = ['nx', '@nx/devkit'].map((name) => [name, devDependencies[name]])
  const manifest = { name: 'other', private: true, devDependencies: Object.fromEntries([...nx, ...tarballs]) }
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(root, 'nx.json'), '{ "neverConnectToCloud": true, "analytics": false }')
  writeFileSync(join(root, '.gitignore'), '/node_modules\n')
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  const { status, output } = runCommand('npm', args, { cwd: root, env: process.env })
  if (status !== 0) throw new Error(output)
}

/** `…/blacksmith-load-typescript-0.1.0.tgz` → `@blacksmith/load-typescript`. */
function nameOf(tarball: string): string {
  return tarball.replace(/^.*\/blacksmith-(.*)-\d+\.\d+\.\d+\.tgz$/, '@blacksmith/$1')
}

describe('in a workspace into which our packages are installed', () => {
  const workspace = new Workspace('other', install)
  afterAll(() => workspace.dispose())

  // The native part that comes along is used: there is no compiler.
  const withoutCompiler = { CXX: '/nonexistent/c++' }
  const succeeds = ({ status, output }: { status: number | null; output: string }) => {
    // The output says what failed.
    expect(status === 0 ? 'ok' : output).toBe('ok')
    return output
  }
  const nx = (...args: string[]) => succeeds(workspace.nx(args, withoutCompiler))
  const blacksmith = (...args: string[]) => succeeds(workspace.blacksmith(args, withoutCompiler))
  const generate = (what: string, ...args: string[]) => nx('g', `@blacksmith/executors:${what}`, ...args)

  test('init sets it up, and generators fill a Python package of its own', () => {
    generate('init', '--package=forge')
    generate('dataset', 'shells')
    generate('model', 'small_net', '--framework=jax')
    generate('experiment', 'shells', '--framework=jax', '--model=small_net', '--dataset=shells')
    expect(workspace.git('status', '--porcelain', '--untracked-files=all')).toContain(
      '?? python/forge/models/jax/small_net/__init__.py',
    )
    const made = [
      'experiments/jax/shells/parameters.pyi',
      'python/forge/datasets/shells/parameters.pyi',
      'schemas/jax-shells/experiment.json',
    ]
    for (const file of made) expect(workspace.read(file)).toContain('samples')
    expect(workspace.git('status', '--porcelain', '--untracked-files=all')).not.toMatch(made.join('|'))
    workspace.edit('experiments/jax/shells/experiment.yaml', 'threads: 2', 'threads: 1')
    workspace.commit('An experiment')
    expect(nx('show', 'projects').trim().split('\n').sort()).toEqual([
      'dataset-shells',
      'jax-shells',
      'model-jax-small_net',
    ])
  })

  test('its experiment trains on its own data and model, and is a hit the next time', () => {
    expect(nx('run', 'jax-shells:evaluate')).toMatch(/accuracy +\d/)
    expect(nx('run', 'jax-shells:evaluate')).toMatch(/3 out of 3 tasks|3\/3 hit/)
    workspace.forgetNxCache()
    expect(nx('run', 'jax-shells:evaluate')).toContain('the store has run')
    expect(blacksmith('explain', 'jax-shells:train')).toContain('reuse run')
  })

  test('a change of its Python selects the experiment and is named, a change beside it is not', () => {
    const model = 'python/forge/models/jax/small_net/__init__.py'
    const data = 'python/forge/datasets/shells/prepare.py'
    expect([...selectedProjects(workspace, [model, data, 'notes.txt']).values()]).toEqual([
      ['jax-shells'],
      ['jax-shells'],
      [],
    ])
    workspace.write(model, `${workspace.read(model)}\n\nunused = 1\n`)
    expect(blacksmith('explain', 'jax-shells:train')).toContain(`code["${model}"]`)
  })

  test('a data set and a model of ours are trained on by their names', () => {
    generate('experiment', 'digits', '--framework=jax', '--model=mlp', '--dataset=mnist')
    expect(workspace.read('experiments/jax/digits/config.ts')).toContain(
      "from '@blacksmith/python/blacksmith/datasets/mnist/schema'",
    )
    const output = nx('run', 'jax-digits:train', '--threads=1', '--set', 'training.epochs=1')
    expect(output).toMatch(/epoch 1\/1 .* validation accuracy 0\.[89]/)
  })

  test('without the package that runs recipes there is one clear error', () => {
    workspace.remove('node_modules/@blacksmith/python')
    const { status, output } = workspace.nx(['run', 'jax-shells:train', '--set', 'training.seed=5'])
    expect(status).not.toBe(0)
    expect(output).toMatch(
      /@blacksmith\/python\/\S+ {2}is not there[^\n]*\s+npm install --save-dev @blacksmith\/python/,
    )
  })
})
