import { toolsPython } from '../tools/ci/python'
import { runCommand, Workspace } from './workspace'

describe('the pre-commit hook', () => {
  const workspace = new Workspace()
  beforeAll(() => toolsPython(workspace.root))
  afterAll(() => workspace.dispose())

  const run = (command: string, args: string[]) =>
    runCommand(command, args, { cwd: workspace.root, env: workspace.environment() })
  const commit = () => {
    workspace.git('add', '--all')
    const identity = ['-c', 'user.name=Tests', '-c', 'user.email=tests@localhost']
    return run('git', [...identity, 'commit', '--message', 'A step'])
  }
  const unformatted = 'export const a = "double"'

  test('is not there unasked', () => {
    workspace.write('libs/task/src/new.ts', unformatted)
    expect(commit()).toMatchObject({ status: 0 })
  })

  test('refuses TypeScript that is not formatted and Python with an import that nothing uses, with the remedy', () => {
    expect(run('npm', ['run', '--silent', 'hooks'])).toMatchObject({ status: 0 })
    workspace.write('libs/task/src/new.ts', `${unformatted}\nexport const b = "double"`)
    workspace.edit('experiments/jax/mnist/recipe.py', 'import math\n', 'import math\nimport os\n')
    const { status, output } = commit()
    expect(status).toBe(1)
    expect(output).toContain('libs/task/src/new.ts')
    expect(output).toContain('F401')
    expect(output).toContain('npm run format')
    workspace.git('checkout', '--quiet', 'HEAD', 'libs/task/src/new.ts', 'experiments/jax/mnist/recipe.py')
  })

  test('takes what is in order', () => {
    workspace.write('libs/task/src/new.ts', "export const a = 'single'\n")
    expect(commit()).toMatchObject({ status: 0 })
  })
})
