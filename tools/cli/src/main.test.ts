import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const command = join(__dirname, '../bin/blacksmith.cjs')
const root = realpathSync(mkdtempSync(join(tmpdir(), 'blacksmith-command-')))
const experiment = join(root, 'experiments/plain/tiny')
beforeAll(() => {
  mkdirSync(experiment, { recursive: true })
  writeFileSync(join(root, 'nx.json'), '{}')
  writeFileSync(join(root, '.env'), 'BLACKSMITH_HOME=stores/mine\n')
})
afterAll(() => rmSync(root, { recursive: true }))

function blacksmith(args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const { BLACKSMITH_HOME: _home, ...inherited } = process.env
  const options = { cwd, env: { ...inherited, ...env }, encoding: 'utf8' } as const
  return spawnSync(process.execPath, [command, ...args], options).stderr
}

/** The store in which the command looks for a run that is not there. */
function storeOf(cwd: string, env: NodeJS.ProcessEnv = {}): string | undefined {
  return blacksmith(['runs', 'show', 'x'], cwd, env).match(/there is no run "x" in (.*)/)?.[1]
}

test('the store that .env names is that folder of the workspace, wherever the command is called', () => {
  expect(storeOf(root)).toBe(join(root, 'stores/mine'))
  expect(storeOf(experiment)).toBe(join(root, 'stores/mine'))
})

test('.env.local goes before .env, and what is set before both', () => {
  writeFileSync(join(root, '.env.local'), 'BLACKSMITH_HOME=/local/store\n')
  expect(storeOf(experiment)).toBe('/local/store')
  expect(storeOf(experiment, { BLACKSMITH_HOME: 'set' })).toBe(join(root, 'set'))
})

test.each([
  [['explain', 'plain-tiny:train', '--training.epochs=3']],
  [['explain', 'plain-tiny:train', '--set', 'training.seed=1', 'training.epochs=3']],
  [['parity', 'plain-tiny', '--training.epochs', '3']],
])('%j is refused with how parameters are set', (args) => {
  expect(blacksmith(args, root)).toMatch(
    /^-*training\.epochs\S* .*--set\n {2}write --set training\.epochs=3$/m,
  )
})
