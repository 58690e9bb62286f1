import { type Block, blocks, guides } from '../tools/ci/docs/pages'
import { toolsPython } from '../tools/ci/python'
import { outputFolder, runCommand, Workspace } from './workspace'

/** As a reader's shell has them: no variables of a CI service that runs these tests, and Nx as it is by default. */
const outside = {
  NX_BASE: undefined,
  GITHUB_BASE_REF: undefined,
  GITHUB_EVENT_PATH: undefined,
  NX_ISOLATE_PLUGINS: undefined,
}

/** What npx does with a command of node_modules, without the half second of its own start. */
const quickNpx = 'npx() { PATH=$PWD/node_modules/.bin:$PATH "$@"; }'

describe('following the guides in a fresh workspace', () => {
  const workspace = new Workspace()
  const outputs = new Map<string, string[]>()

  let start: string
  beforeAll(() => {
    const yaml = 'experiments/lightning/mnist/experiment.yaml'
    // Two threads gain nothing on models this small, and lose much where others work on the same cores.
    workspace.edit(yaml, 'threads: 2', 'threads: 1')
    workspace.edit(yaml, 'hidden: [512, 512]', 'hidden: [32]')
    workspace.edit(yaml, 'batch_size: 64', 'batch_size: 256')
    workspace.edit(yaml, 'at_least: 0.947', 'at_least: 0.8')
    workspace.commit('A small model with one thread')
    start = workspace.git('rev-parse', 'HEAD').trim()
    // The guides commit, as the user that everybody has set up.
    workspace.git('config', 'user.name', 'Tests')
    workspace.git('config', 'user.email', 'tests@localhost')
  })
  afterAll(() => workspace.dispose())

  test.each(guides)('%s', (path) => {
    outputs.set(
      path,
      blocks(path).flatMap((block) => follow(path, block)),
    )
  })

  test('the network of the tutorial reads digits, and only it is selected by a change of its model', () => {
    const printed = outputs.get('docs/add-an-experiment.md') ?? []
    const evaluated = printed.filter((output) => output.includes('lightning-convnet:evaluate'))
    const { metrics } = workspace.json<{ metrics: { accuracy: number } }>(
      `${outputFolder(evaluated.join('\n'))}/results.json`,
    )
    expect(metrics.accuracy).toBeGreaterThan(0.85)
    expect(printed.join('\n')).toMatch(
      /^1 file changed .* Training what depends on them: lightning-convnet\.$/m,
    )
  })

  test('what the tutorials leave behind is formatted and linted', async () => {
    workspace.git('add', '--all')
    const files = workspace.git('diff', '--cached', '--name-only', start).trim().split('\n')
    const python = files.filter((file) => file.endsWith('.py'))
    const others = files.filter((file) => /\.(ts|json)$/.test(file))
    const settings = ['--config', 'libs/python/pyproject.toml']
    const tools = await toolsPython(workspace.root)
    succeeds(tools, ['-m', 'ruff', 'format', '--check', ...settings, ...python])
    succeeds(tools, ['-m', 'ruff', 'check', ...settings, ...python])
    succeeds('npx', ['biome', 'ci', '--error-on-warnings', ...others])
  })

  /** Does what a block says; what its commands print, in the order of the page. */
  function follow(path: string, { language, marks, text, line }: Block): string[] {
    if (marks.file) workspace.write(marks.file, `${text}\n`)
    if (language !== 'sh' || marks.skip) return []
    const mistaken = 'fails' in marks
    // A block is typed line by line into one shell; where mistakes are shown, each line is one.
    return (mistaken ? text.split('\n') : [text]).map((script) => {
      const { status, output } = shell('bash', ['-eo', 'pipefail', '-c', `${quickNpx}\n${script}`])
      if ((status !== 0) !== mistaken)
        throw new Error(`${path}:${line} ended with ${status}:\n${script}\n${output}`)
      expect(output).not.toMatch(/\n\s+at .*\.ts:\d+/)
      return output
    })
  }

  function succeeds(command: string, args: string[]): void {
    const { status, output } = shell(command, args)
    expect(status === 0 ? '' : output).toBe('')
  }

  function shell(command: string, args: string[]) {
    return runCommand(command, args, { cwd: workspace.root, env: workspace.environment(outside) })
  }
})
