import type { Tree } from '@nx/devkit'
import { FsTree, flushChanges } from 'nx/src/generators/tree'
import { inEnvironment, toolsPython } from '../tools/ci/python'
import { typeChecks } from '../tools/ci/type-checks'
import experiment from '../tools/executors/src/generators/experiment/generator'
import model from '../tools/executors/src/generators/model/generator'
import { selectedProjects } from './selected-projects'
import { outputFolder, runCommand, Workspace } from './workspace'

/** As long as names may be, so that the lines in which they stand are as long as they can get. */
const longest = 'a_name_as_long_as_names_go_x'
const generate = '@blacksmith/executors'
const settings = ['--config', 'libs/python/pyproject.toml']

describe('what the generators make', () => {
  const workspace = new Workspace()
  afterAll(() => workspace.dispose())

  const run = (command: string, args: string[], env = workspace.environment()) =>
    runCommand(command, args, { cwd: workspace.root, env })
  const succeeds = ({ status, output }: { status: number | null; output: string }) => {
    // The output says what failed.
    expect(status === 0 ? 'ok' : output).toBe('ok')
    return output
  }
  const added = () => workspace.git('ls-files', '--others', '--exclude-standard').trim().split('\n')

  /** What nx does with a generator, for those that nx itself has run before with other options. */
  const generated = async <O>(generator: (tree: Tree, options: O) => unknown, options: O) => {
    const tree = new FsTree(workspace.root, false)
    const afterwards = generator(tree, options)
    flushChanges(workspace.root, tree.listChanges())
    if (typeof afterwards === 'function') await afterwards()
  }

  beforeAll(async () => {
    succeeds(workspace.nx(['g', `${generate}:dataset`, longest]))
    succeeds(workspace.nx(['g', `${generate}:model`, longest, '--framework=lightning']))
    for (const framework of ['jax', 'torch']) await generated(model, { name: longest, framework })
    const flags = ['--framework=lightning', `--model=${longest}`, `--dataset=${longest}`]
    succeeds(workspace.nx(['g', `${generate}:experiment`, 'new', ...flags]))
    for (const framework of ['jax', 'torch'])
      await generated(experiment, { name: 'new', framework, model: longest, dataset: longest })
    const digits = { framework: 'jax', model: 'mlp', dataset: 'mnist' }
    await generated(experiment, { name: longest.replaceAll('_', '-'), ...digits })
  })

  test('is formatted and linted', async () => {
    const python = await toolsPython(workspace.root)
    const sources = added().filter((file) => file.endsWith('.py'))
    const others = added().filter((file) => /\.(ts|json)$/.test(file))
    expect(sources.length).toBeGreaterThan(10)
    succeeds(run('npx', ['biome', 'ci', '--error-on-warnings', ...others]))
    succeeds(run(python, ['-m', 'ruff', 'format', ...settings, '--check', ...sources]))
    succeeds(run(python, ['-m', 'ruff', 'check', ...settings, ...sources]))
  })

  test.each([
    ['lightning', 'experiments/lightning/new'],
    ['jax', 'experiments/jax/new'],
    ['torch', 'experiments/torch/new'],
    ['data', `libs/python/blacksmith/datasets/${longest}`],
  ])('of %s has types, which git ignores and mypy knows', async (_, folder) => {
    expect(workspace.read(`${folder}/parameters.pyi`)).toContain('dataset: Dataset')
    expect(added().filter((file) => /parameters\.pyi|^schemas/.test(file))).toEqual([])
    // Without the frameworks, whose classes and functions are then of any type.
    const lenient = ['--ignore-missing-imports', '--follow-imports=silent', '--allow-subclassing-any']
    for (const check of typeChecks(workspace.root, [folder])) {
      const args = [...check.arguments, ...lenient, '--no-warn-return-any', '--allow-untyped-decorators']
      const env = { ...workspace.environment(), ...check.env }
      succeeds(run(await toolsPython(workspace.root), args, env))
    }
  })

  test.each(['lightning', 'jax', 'torch'])('with %s trains at once, and learns', (framework) => {
    const output = succeeds(workspace.nx(['run', `${framework}-new:evaluate`, '--threads=1']))
    const results = workspace.json<{ metrics: { accuracy: number } }>(`${outputFolder(output)}/results.json`)
    expect(results.metrics.accuracy).toBeGreaterThan(0.9)
  })

  test.each(['lightning', 'jax', 'torch'])(
    'with %s passes the tests that come with it',
    async (framework) => {
      const { python, env } = await inEnvironment(workspace.root, framework)
      const tests = added().filter(
        (file) => file.endsWith('_test.py') && file.includes(`/${framework}/`) && !file.includes('-'),
      )
      const args = ['-m', 'pytest', '-c', 'libs/python/pyproject.toml', '--rootdir', '.', '-q', ...tests]
      expect(
        succeeds(run(python, args, { ...env, ...workspace.environment(), PYTHONPATH: env.PYTHONPATH })),
      ).toMatch(/\d+ passed|\[100%\]/)
    },
  )

  test('is selected by a change of the data set that it uses', () => {
    const file = `libs/python/blacksmith/datasets/${longest}/splits.py`
    expect(selectedProjects(workspace, [file]).get(file)).toEqual(['jax-new', 'lightning-new', 'torch-new'])
  })

  test('is refused in one clear error where it could not work, and nothing is written', () => {
    const before = added()
    const flags = ['--framework=lightning', '--model=nerf', '--dataset=mnist']
    const { status, output } = workspace.nx(['g', `${generate}:experiment`, 'glowing', ...flags])
    expect(status).not.toBe(0)
    expect(output).toMatch(/--model {2}nerf is not made from a number of inputs and a number of classes/)
    expect(output).not.toMatch(/\n\s+at .*\.ts:\d+/)
    expect(added()).toEqual(before)
  })
})
