import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureEnvironment } from '@blacksmith/environments'
import { storeHome } from '@blacksmith/store'
import { type PythonSuite, pythonSuites } from './python-suites'

/** The environment that holds the tools: pytest, ruff, mypy. */
const tools = 'dev'

/** All that the tests of this workspace run in. */
export const testedEnvironments = [
  tools,
  ...pythonSuites.map(({ environment }) => environment),
  'data-sst2',
  'tensorboard',
]

/**
 * An interpreter with a framework's packages and, behind them on its path, the tools: no framework has to be
 * installed a second time to be tested.
 */
export async function inEnvironment(
  workspaceRoot: string,
  name: string,
): Promise<{ python: string; env: NodeJS.ProcessEnv }> {
  const options = { workspaceRoot, home: storeHome(), onLine: (line: string) => console.log(line) }
  const { python } = await ensureEnvironment(name, options)
  const sitePackages = sitePackagesOf((await ensureEnvironment(tools, options)).python)
  return {
    python,
    env: {
      ...process.env,
      PYTHONPATH: [join(workspaceRoot, 'libs/python'), sitePackages].join(':'),
      OMP_NUM_THREADS: '1',
    },
  }
}

/** The interpreter of the tools' own environment. */
export async function toolsPython(workspaceRoot: string): Promise<string> {
  const options = { workspaceRoot, home: storeHome(), onLine: (line: string) => console.log(line) }
  return (await ensureEnvironment(tools, options)).python
}

export function existingPaths(workspaceRoot: string, suite: PythonSuite): string[] {
  return suite.paths.filter((path) => existsSync(join(workspaceRoot, path)))
}

function sitePackagesOf(python: string): string {
  const lib = join(dirname(dirname(python)), 'lib')
  const version = readdirSync(lib).find((entry) => entry.startsWith('python3'))
  if (!version) throw new Error(`${lib} holds no Python packages`)
  return join(lib, version, 'site-packages')
}
