import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '@blacksmith/config/header'
import { ensureEnvironment } from '@blacksmith/environments'
import { storeHome } from '@blacksmith/store'
import { existingPaths, inEnvironment, testedEnvironments } from './python'
import { type PythonSuite, pythonSuites } from './python-suites'
import { type Counts, closingLine, jestCounts, junitCounts, lineCounts, none, sum } from './report-counts'

/**
 * Runs every test there is, or the suites named on the command line (`unit native python e2e`), and ends with
 * one line that adds up what the runners themselves reported.
 */
const workspaceRoot = resolve(__dirname, '../..')
const reports = join(workspaceRoot, 'reports')

const suites: Record<string, () => Counts | Promise<Counts>> = {
  unit: () => jest('unit', 'jest.config.cjs'),
  native: nativeTests,
  python: pythonTests,
  e2e: () => jest('e2e', 'jest.e2e.config.cjs'),
}

async function main(): Promise<void> {
  mkdirSync(reports, { recursive: true })
  const asked = process.argv.slice(2)
  const unknown = asked.filter((name) => !(name in suites))
  if (unknown.length > 0) {
    throw new Error(`no such suite: ${unknown.join(', ')}; there are: ${Object.keys(suites).join(', ')}`)
  }
  await prepareEnvironments()
  const counts: Counts[] = []
  for (const name of asked.length > 0 ? asked : Object.keys(suites)) {
    console.log(`\n— ${name} tests`)
    counts.push(await counted(suites[name]))
  }
  const total = sum(counts)
  console.log(`\n${closingLine(total)}`)
  process.exitCode = total.failed > 0 ? 1 : 0
}

/** First and once: what cannot be installed would else be reported by each test that needs it. */
async function prepareEnvironments(): Promise<void> {
  for (const name of testedEnvironments) {
    await ensureEnvironment(name, { workspaceRoot, home: storeHome(), onLine: (line) => console.log(line) })
  }
}

/** A suite that cannot be run counts as one failure, and the others are run all the same. */
async function counted(suite: (() => Counts | Promise<Counts>) | undefined): Promise<Counts> {
  try {
    return (await suite?.()) ?? none
  } catch (error) {
    console.error(error)
    return { ...none, failed: 1 }
  }
}

function jest(name: string, config: string): Counts {
  const report = freshReport(`${name}.json`)
  const status = run('npx', ['jest', '--config', config, '--json', `--outputFile=${report}`])
  return atLeastOneFailure(existsSync(report) ? jestCounts(report) : undefined, status)
}

/** The C++ core's own tests: as it is built, and under the sanitizers for races and for memory. */
function nativeTests(): Counts {
  return sum([[], ['--sanitize=thread'], ['--sanitize=address']].map(nativeBuildTests))
}

function nativeBuildTests(flags: string[]): Counts {
  const { stdout, status } = spawnSync('node', ['native/build.cjs', '--test', ...flags], {
    cwd: workspaceRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.stdout.write(stdout)
  return atLeastOneFailure(lineCounts(stdout), status)
}

/** All suites at once: each has its own framework to import, and one thread. Tests of recipes read their defaults. */
async function pythonTests(): Promise<Counts> {
  if (run('npx', ['blacksmith', 'schemas']) !== 0) return { ...none, failed: 1 }
  return sum(await Promise.all(pythonSuites.map(pythonSuite)))
}

async function pythonSuite(suite: PythonSuite): Promise<Counts> {
  const paths = existingPaths(workspaceRoot, suite)
  if (paths.length === 0) return none
  const report = freshReport(`pytest-${suite.environment}.xml`)
  const { python, env } = await inEnvironment(workspaceRoot, suite.environment)
  const settings = ['-c', 'libs/python/pyproject.toml', '--rootdir', '.', '-q', `--junitxml=${report}`]
  const ignored = (suite.elsewhere ?? []).map((path) => `--ignore=${path}`)
  const args = ['-m', 'pytest', ...settings, ...ignored, ...paths]
  const { failed, output } = await new Promise<{ failed: boolean; output: string }>((resolve) =>
    execFile(python, args, { cwd: workspaceRoot, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    ),
  )
  console.log(`\n${suite.environment}\n${output}`)
  return atLeastOneFailure(existsSync(report) ? junitCounts(report) : undefined, failed ? 1 : 0)
}

/** Where a runner is to report; what an earlier one left there must not be counted. */
function freshReport(name: string): string {
  const report = join(reports, name)
  rmSync(report, { force: true })
  return report
}

/** A runner that failed, or reported nothing, without counting a failure must not pass for a success. */
function atLeastOneFailure(counts: Counts | undefined, status: number | null): Counts {
  const counted = counts ?? sum([])
  const silent = counts === undefined || counts.passed + counts.failed + counts.skipped === 0
  return (status !== 0 || silent) && counted.failed === 0 ? { ...counted, failed: 1 } : counted
}

function run(command: string, args: string[]): number | null {
  return spawnSync(command, args, { cwd: workspaceRoot, stdio: 'inherit' }).status
}

main().catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : error)
  console.log(`\n${closingLine({ ...none, failed: 1 })}`)
  process.exitCode = 1
})
