import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toolsPython } from '../tools/ci/python'
import { anchors, type Block, blocks, headings, links, page, pages, repository } from './pages'
import { Workspace } from './workspace'

/** Why a block is not run here: what it needs, or what it would do. */
const reasons = [
  'hardware',
  'network',
  'root',
  'installs',
  'minutes',
  'stays',
  'service',
  'example',
  'changes-git',
]

/** Pages that are followed from their first command to their last, in the order in which a new user would. */
const guides = [
  'first-run',
  'anatomy',
  'add-an-experiment',
  'add-a-dataset',
  'configurations',
  'shared-box',
  'devices',
  'ci',
  'share-a-cache',
  'debugging',
  'troubleshooting',
].map((name) => `docs/${name}.md`)

describe('every page', () => {
  test.each(pages())('%s links only to what is there', (path) => {
    for (const link of links(path)) {
      const [target = '', anchor] = link.split('#')
      const file = target === '' ? path : join(dirname(path), target)
      expect(existsSync(join(repository, file)) ? '' : `${path}: ${link}`).toBe('')
      if (anchor !== undefined) expect(anchors(file)).toContain(anchor)
    }
  })

  test('is in the list of guides', () => {
    const listed = links('docs/README.md').map((link) => `docs/${link}`)
    expect(
      pages()
        .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
        .sort(),
    ).toEqual(listed.sort())
  })

  test('says of each command that is not run here why', () => {
    const marks = pages().flatMap((path) => blocks(path).flatMap((block) => block.marks.skip ?? []))
    expect(marks.filter((mark) => !reasons.includes(mark))).toEqual([])
  })

  test('has its commands in the list of pages that are followed', () => {
    const withCommands = pages().filter(
      (path) =>
        path.startsWith('docs/') &&
        blocks(path).some(({ language, marks }) => language === 'sh' && !marks.skip),
    )
    expect(withCommands.sort()).toEqual([...guides].sort())
  })
})

test('the messages that troubleshooting explains are messages that there are', () => {
  const grep = (text: string) =>
    spawnSync('git', ['grep', '-qF', text, '--', 'libs', 'native', 'tools'], { cwd: repository }).status === 0
  const explained = headings('docs/troubleshooting.md')
    .slice(1)
    .filter((heading) => !heading.startsWith('It '))
  expect(explained.filter((heading) => !grep(heading))).toEqual([])
})

describe('following the guides in a fresh workspace', () => {
  const workspace = new Workspace()
  const outputs: Record<string, string> = {}
  afterAll(() => workspace.dispose())

  test.each(guides)('%s', (path) => {
    for (const block of blocks(path)) follow(path, block)
  })

  test('the network of the tutorial reads digits, and only it is selected by a change of its model', () => {
    const { metrics } = workspace.json<{ metrics: { accuracy: number } }>(
      'dist/lightning-cnn/default/evaluate/results.json',
    )
    expect(metrics.accuracy).toBeGreaterThan(0.85)
    const selected = outputs['docs/add-an-experiment.md']?.trim().split('\n').at(-1)
    expect(selected).toBe('lightning-cnn')
  })

  test('what the tutorials leave behind is formatted and linted', async () => {
    const files = workspace.git('ls-files', '--others', '--exclude-standard').trim().split('\n')
    const python = files.filter((file) => file.endsWith('.py'))
    const others = files.filter((file) => /\.(ts|json)$/.test(file))
    const settings = ['--config', 'libs/python/pyproject.toml']
    const tools = await toolsPython(workspace.root)
    for (const [command, args] of [
      [tools, ['-m', 'ruff', 'format', '--check', ...settings, ...python]],
      [tools, ['-m', 'ruff', 'check', ...settings, ...python]],
      ['npx', ['biome', 'ci', '--error-on-warnings', ...others]],
    ] as const) {
      execFileSync(command, args, { cwd: workspace.root, env: workspace.environment(), stdio: 'pipe' })
    }
  })

  function follow(path: string, { language, marks, text, line }: Block): void {
    if (marks.file) workspace.write(marks.file, `${text}\n`)
    if (language !== 'sh' || marks.skip) return
    // A block is typed line by line into one shell; where mistakes are shown, each line is one.
    const scripts = 'fails' in marks ? text.split('\n') : [text]
    for (const script of scripts) {
      const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: workspace.root,
        env: workspace.environment({
          NX_BASE: undefined,
          GITHUB_BASE_REF: undefined,
          GITHUB_EVENT_PATH: undefined,
        }),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      })
      outputs[path] = (outputs[path] ?? '') + stdout
      const ended = status === 0 ? 'succeeds' : 'fails'
      const expected = 'fails' in marks ? 'fails' : 'succeeds'
      if (ended !== expected) throw new Error(`${path}:${line} ${ended}:\n${script}\n${stdout}${stderr}`)
      expect(stdout + stderr).not.toMatch(/\n\s+at .*\.ts:\d+/)
    }
  }
})

describe('the pre-commit hook', () => {
  const workspace = new Workspace()
  afterAll(() => workspace.dispose())
  const commit = () =>
    spawnSync(
      'git',
      ['-c', 'user.name=Tests', '-c', 'user.email=tests@localhost', 'commit', '-m', 'A step'],
      {
        cwd: workspace.root,
        env: workspace.environment(),
        encoding: 'utf8',
      },
    )

  test('refuses what is not formatted, takes what is, and is not there unasked', () => {
    workspace.write('libs/task/src/new.ts', 'export const a = "double"')
    workspace.git('add', '--all')
    expect(commit().status).toBe(0)
    execFileSync('npm', ['run', '--silent', 'hooks'], { cwd: workspace.root, env: workspace.environment() })
    workspace.write('libs/task/src/new.ts', 'export const a = "other"')
    workspace.git('add', '--all')
    const refused = commit()
    expect(refused.stderr).toContain('Not committed')
    expect(refused.status).not.toBe(0)
    workspace.write('libs/task/src/new.ts', "export const a = 'single'\n")
    workspace.write(
      'experiments/jax/mnist/recipe.py',
      `${page('experiments/jax/mnist/recipe.py')}import os\n`,
    )
    workspace.git('add', '--all')
    expect(commit().status).not.toBe(0)
    workspace.git('checkout', '--quiet', 'HEAD', 'experiments/jax/mnist/recipe.py')
    const taken = commit()
    expect(taken.status === 0 ? '' : taken.stderr + taken.stdout).toBe('')
  })
})
