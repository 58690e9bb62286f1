import { readdirSync } from 'node:fs'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { runCommand, Workspace } from './workspace'

const python = 'libs/python/blacksmith'

describe('what a change in one file selects', () => {
  const workspace = new Workspace()
  afterAll(() => workspace.dispose())

  const selectedBy = (file: string) => {
    const { status, output } = workspace.nx([
      'show',
      'projects',
      '--affected',
      '-t',
      'train',
      '--files',
      file,
    ])
    expect(status).toBe(0)
    return output
      .split('\n')
      .filter((line) => line !== '' && !line.includes(' '))
      .sort()
  }
  const experiments = () =>
    readdirSync(workspace.path('experiments')).flatMap((framework) =>
      readdirSync(workspace.path('experiments', framework))
        .filter((name) => workspace.exists('experiments', framework, name, 'experiment.yaml'))
        .map((name) => `${framework}-${name}`),
    )

  test.each([
    ['a model: its experiments', `${python}/models/lightning/mlp/__init__.py`, ['lightning-mnist']],
    [
      'the MNIST data set: both MNIST experiments',
      `${python}/datasets/mnist/idx.py`,
      ['jax-mnist', 'lightning-mnist'],
    ],
    [
      'a data set’s parameters: likewise',
      `${python}/datasets/mnist/schema.ts`,
      ['jax-mnist', 'lightning-mnist'],
    ],
    ['one experiment’s YAML: that one', 'experiments/jax/mnist/experiment.yaml', ['jax-mnist']],
    ['one experiment’s recipe: that one', 'experiments/lightning/mnist/recipe.py', ['lightning-mnist']],
    ['the README: none', 'README.md', []],
    ['an experiment’s README: none', 'experiments/lightning/mnist/README.md', []],
    ['a page of the docs: none', 'docs/architecture.md', []],
    ['TypeScript of a library: none', 'libs/task/src/execute.ts', []],
    ['TypeScript of the plugin: none', 'tools/executors/src/plugin.ts', []],
    ['a Python test: none', `${python}/datasets/mnist/prepare_test.py`, []],
  ])('%s', (_, file, expected) => {
    expect(selectedBy(file)).toEqual(expected)
  })

  test('one requirements file: the experiments of that environment', () => {
    expect(selectedBy('libs/python/requirements/jax.txt')).toEqual(
      experiments()
        .filter((name) => name.startsWith('jax-'))
        .sort(),
    )
  })

  test('a file that an experiment declares: that one', () => {
    workspace.write('assets/words.txt', 'a b\n')
    workspace.edit(
      'experiments/jax/mnist/experiment.yaml',
      'devices:',
      'inputs: [../../../assets/*.txt]\ndevices:',
    )
    expect(selectedBy('assets/words.txt')).toEqual(['jax-mnist'])
  })

  test('training/, and what a configuration means: all experiments', () => {
    const all = experiments().sort()
    expect(selectedBy(`${python}/training/order.py`)).toEqual(all)
    expect(selectedBy('libs/config/version.json')).toEqual(all)
  })
})

describe('the CI script on a small history', () => {
  const workspace = new Workspace()
  const affected = (...args: string[]) => affectedWith({}, ...args)
  const affectedWith = (env: NodeJS.ProcessEnv, ...args: string[]) => {
    return runCommand('npx', ['jiti', 'tools/ci/affected.ts', ...args], {
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
    workspace.commit('A tiny experiment')
  })
  afterAll(() => workspace.dispose())

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
    const nothing = affected('--base=HEAD')
    expect(nothing.status).toBe(0)
    expect(nothing.output).toMatch(
      /There is nothing to train: no experiment depends on any of them\.\s+docs\/notes\.md/,
    )
    expect(nothing.output).not.toContain('nx run')
  })

  test('a base that is not there trains everything, and says why', () => {
    const { output } = affectedWith({ GITHUB_BASE_REF: 'main' }, '--list')
    expect(output).toMatch(/Training everything, since GITHUB_BASE_REF names origin\/main.*: plain-tiny\./)
  })

  test('a base that is empty, or an event that is not there, trains everything, and says why', () => {
    expect(affected('--base', '', '--list').output).toMatch(
      /Training everything, since --base is empty: plain-tiny\./,
    )
    expect(affectedWith({ GITHUB_EVENT_PATH: '/nowhere.json' }, '--list').output).toMatch(
      /Training everything, since the event in \/nowhere\.json \(GITHUB_EVENT_PATH\) cannot be read.*: plain-tiny\./,
    )
  })

  test('a tree without git trains everything, and says why', () => {
    workspace.git('checkout', '--quiet', 'main')
    workspace.remove('.git')
    const { status, output } = affected()
    expect(output).toMatch(/Training everything, since this is no git work tree/)
    expect(status).toBe(0)
  })

  test('a mistyped configuration or flag is refused', () => {
    workspace.write('experiments/plain/tiny/configs/full.yaml', 'dataset: { size: 100 }\n')
    expect(affected('-c', 'ful').output).toMatch(
      /no experiment has a configuration ful\n {2}did you mean full\?/,
    )
    expect(affected('-c', 'ful').status).toBe(1)
    expect(affected('--lists').status).toBe(1)
    expect(affected('--out=').output).toMatch(/--out {2}is empty/)
  })

  test('the results of runs with flags are shown, and kept under the configuration', () => {
    expect(affected('--threads=1', '--out=reports/flagged').status).toBe(0)
    expect(workspace.read('reports/flagged/results.md')).toContain('| plain-tiny | total | – | 6 |')
    const results = workspace.json<{ metrics: unknown }>(
      'reports/flagged/results/plain-tiny/default/evaluate/results.json',
    )
    expect(results.metrics).toEqual({ total: 6 })
  })

  test('a configuration is trained under its own name', () => {
    expect(affected('-c', 'full').status).toBe(0)
    expect(table()).toContain('| plain-tiny | total | – | 4950 |')
  })
})
