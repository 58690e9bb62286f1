import { readdirSync } from 'node:fs'
import { experimentFolders, type Header, readHeader } from '@blacksmith/config/header'
import { selectedProjects } from './selected-projects'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { runCommand, Workspace } from './workspace'

const python = 'libs/python/blacksmith'

const workspace = new Workspace()
afterAll(() => workspace.dispose())

describe('what a change in one file selects', () => {
  let selected: Map<string, string[]>

  const none = () => false
  const mnist = ({ dataset }: Header) => dataset === 'mnist'
  const files: [string, string, (experiment: Header) => boolean][] = [
    [
      'a model: its experiments',
      `${python}/models/lightning/mlp/__init__.py`,
      ({ framework, model }) => framework === 'lightning' && model === 'mlp',
    ],
    ['a data set: the experiments that use it', `${python}/datasets/mnist/idx.py`, mnist],
    ['a data set’s parameters: likewise', `${python}/datasets/mnist/schema.ts`, mnist],
    [
      'one experiment’s YAML: that one',
      'experiments/jax/mnist/experiment.yaml',
      ({ project }) => project === 'jax-mnist',
    ],
    [
      'one experiment’s recipe: that one',
      'experiments/lightning/mnist/recipe.py',
      ({ project }) => project === 'lightning-mnist',
    ],
    [
      'a file that an experiment declares: that one',
      'assets/words.txt',
      ({ project }) => project === 'jax-mnist',
    ],
    [
      'one requirements file: the experiments of that environment',
      'libs/python/requirements/jax.txt',
      ({ framework }) => framework === 'jax',
    ],
    ['training/: all experiments', `${python}/training/order.py`, () => true],
    ['what a configuration means: all experiments', 'libs/config/version.json', () => true],
    ['the README: none', 'README.md', none],
    ['an experiment’s README: none', 'experiments/lightning/mnist/README.md', none],
    ['a page of the docs: none', 'docs/architecture.md', none],
    ['TypeScript of a library: none', 'libs/task/src/execute.ts', none],
    ['TypeScript of the plugin: none', 'tools/executors/src/plugin.ts', none],
    ['a Python test: none', `${python}/datasets/mnist/prepare_test.py`, none],
  ]

  let experiments: Header[]
  beforeAll(() => {
    workspace.write('assets/words.txt', 'a b\n')
    workspace.edit(
      'experiments/jax/mnist/experiment.yaml',
      'devices:',
      'inputs: [../../../assets/*.txt]\ndevices:',
    )
    experiments = [...experimentFolders(workspace.root).values()].map((directory) =>
      readHeader(workspace.root, `${directory}/experiment.yaml`),
    )
    selected = selectedProjects(
      workspace,
      files.map(([, file]) => file),
    )
  })

  test.each(files)('%s', (_, file, isSelected) => {
    const expected = experiments.filter(isSelected).map(({ project }) => project)
    expect(selected.get(file)).toEqual(expected.sort())
  })
})

describe('the CI script on a small history', () => {
  const affected = (...args: string[]) => affectedWith({}, ...args)
  const affectedWith = (env: NodeJS.ProcessEnv, ...args: string[]) => {
    return runCommand(workspace.path('node_modules/.bin/jiti'), ['tools/ci/affected.ts', ...args], {
      cwd: workspace.root,
      // What a CI service that runs these tests says of itself is not about this history.
      env: {
        ...workspace.environment(plainPython),
        GITHUB_BASE_REF: undefined,
        GITHUB_EVENT_PATH: undefined,
        GITHUB_STEP_SUMMARY: undefined,
        CI_COMMIT_BEFORE_SHA: undefined,
        CI_MERGE_REQUEST_DIFF_BASE_SHA: undefined,
        NX_BASE: undefined,
        ...env,
      },
    })
  }
  const table = () => workspace.read('reports/affected/results.md')

  beforeAll(() => {
    // Only what is quick: this is about the script.
    for (const framework of readdirSync(workspace.path('experiments')))
      workspace.remove(`experiments/${framework}`)
    addTinyExperiment(workspace)
    workspace.write('experiments/plain/tiny/configs/full.yaml', 'dataset: { size: 100 }\n')
    workspace.commit('A tiny experiment')
  })

  test('a new experiment is trained, and its results are kept for the next build', () => {
    const first = affected()
    expect(first.output).toMatch(/Training what depends on them: plain-tiny\./)
    expect(first.status).toBe(0)
    expect(table()).toContain('| plain-tiny | total | – | 6 |  | ≥ 6 | met |')
    expect(workspace.exists('reports/affected/results/plain-tiny/default/evaluate/results.json')).toBe(true)
  })

  test('on a branch, a changed model is trained and stands beside the base branch’s numbers', () => {
    workspace.git('checkout', '--quiet', '-b', 'heavier')
    workspace.edit(`${python}/models/plain/sum/__init__.py`, 'total + count', 'total + 2 * count')
    workspace.commit('Count twice')
    const changed = affected('--base-results=reports/affected/results', '--out=reports/branch')
    expect(changed.output).toMatch(/1 file changed since [0-9a-f]{10} \(this branch left main there\)/)
    expect(changed.status).toBe(0)
    expect(workspace.read('reports/branch/results.md')).toContain(
      '| plain-tiny | total | 6 | 12 | +6 | ≥ 6 | met |',
    )
  })

  test('a model below its threshold fails the build, and the table says so', () => {
    workspace.edit(`${python}/models/plain/sum/__init__.py`, '2 * count', '0 * count')
    const worse = affected('--base-results=reports/affected/results')
    expect(worse.status).toBe(1)
    expect(worse.output).not.toMatch(/\n\s+at .*\.ts:\d+/)
    expect(table()).toContain('| plain-tiny | total | 6 | 0 | −6 | ≥ 6 | **not met** |')
  })

  test('a run that fails fails the build, whatever lies in dist/ from before', () => {
    workspace.edit(`${python}/models/plain/sum/__init__.py`, '0 * count', 'nothing')
    expect(affected().status).toBe(1)
    expect(table()).toContain('| plain-tiny |  |  |  |  |  | **failed** |')
    workspace.git('checkout', '--quiet', '.')
  })

  test('a change that no experiment depends on trains nothing, and says so with the files', () => {
    workspace.write('docs/notes.md', 'Words.')
    const nothing = affectedWith({ NX_BASE: 'HEAD' })
    expect(nothing.status).toBe(0)
    expect(nothing.output).toMatch(
      /There is nothing to train: no experiment depends on any of them\.\s+docs\/notes\.md/,
    )
    expect(nothing.output).not.toContain('nx run')
  })

  test('a mistyped configuration is refused, before anything is trained', () => {
    const { status, output } = affected('-c', 'ful')
    expect(status).toBe(1)
    expect(output).toMatch(/no experiment has a configuration ful\n {2}did you mean full\?/)
    expect(output).not.toMatch(/\n\s+at .*\.ts:\d+/)
  })

  test('an empty base trains everything, and says why; the results of runs with flags are kept under the configuration', () => {
    const { status, output } = affected('--base', '', '--threads=1', '--out=reports/flagged')
    expect(output).toMatch(/Training everything, since --base is empty: plain-tiny\./)
    expect(status).toBe(0)
    expect(workspace.read('reports/flagged/results.md')).toContain('| plain-tiny | total | – | 12 |')
    const results = workspace.json<{ metrics: unknown }>(
      'reports/flagged/results/plain-tiny/default/evaluate/results.json',
    )
    expect(results.metrics).toEqual({ total: 12 })
  })

  test('a tree without git trains everything, and says why; a configuration is trained under its own name', () => {
    workspace.remove('.git')
    const { status, output } = affected('-c', 'full')
    expect(output).toMatch(/Training everything, since this is no git work tree/)
    expect(status).toBe(0)
    expect(table()).toContain('| plain-tiny | total | – | 9900 |')
  })
})
