import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readComparedRun } from '@blacksmith/report/compare'
import { exportToWandb, writeTensorBoard } from '@blacksmith/report/export'
import { Store } from '@blacksmith/store'
import { exportRun } from '@blacksmith/store/upkeep'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'

const token = 'hf_q7Xz2LmP9vKd4RtB8nWsq7Xz2LmP9vKd4RtB'
const password = 'open-sesame-99'
const standIn = resolve(__dirname, '../../../report/src/wandb/testing')

let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
  Object.assign(process.env, {
    HF_TOKEN: token,
    HTTPS_PROXY: `http://me:${password}@proxy.example`,
    BLACKSMITH_TENSORBOARD: workspace.path('board'),
  })
})
afterEach(() => workspace.dispose())

/** Has the recipe do this at each step of the training, where `secrets` is a text of both. */
function careless(line: string): void {
  const recipe = 'experiments/plain/tiny/recipe.py'
  const above = 'import os\nsecrets = " ".join(os.environ[name] for name in ("HF_TOKEN", "HTTPS_PROXY"))\n'
  workspace.write(
    recipe,
    above + workspace.read(recipe).replace('        ctx.log(', `        ${line}\n        ctx.log(`),
  )
}

/** Files below a folder that hold one of the secrets. */
function leaks(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const bytes = readFileSync(file)
      return bytes.includes(token) || bytes.includes(password)
    })
}

test('secrets that a recipe prints and warns of are in nothing that is kept, exported or logged elsewhere', async () => {
  careless('print(secrets); ctx.warn(secrets)')
  const trained = await execute(workspace.request('train'), workspace.session())
  const evaluated = await execute(workspace.request('evaluate'), workspace.session())
  const folder = (name: string) => workspace.path('exported', name)
  for (const { provenance } of [trained.artifact, evaluated.artifact])
    await exportRun(new Store(workspace.home), provenance.key, folder(provenance.target))
  await writeTensorBoard(folder('evaluate'), folder('board'), folder('train'))
  const logged = folder('wandb.json')
  await exportToWandb(await readComparedRun(folder('evaluate'), folder('train')), {
    project: 'tiny',
    env: { ...process.env, PYTHONPATH: standIn, STAND_IN_FOR_WANDB: logged },
  })
  expect(readFileSync(logged, 'utf8')).toContain('train/weight')
  expect(readFileSync(join(folder('train'), 'log.txt'), 'utf8')).toContain('<HF_TOKEN>')
  expect(readdirSync(folder('train'))).toContain('provenance.json')
  expect([...leaks(workspace.root), ...leaks(workspace.home)]).toEqual([])
  expect(workspace.said()).not.toMatch(new RegExp(`${token}|${password}`))
})

test('a metric that is called by a secret ends the run, and is in nothing that it leaves', async () => {
  careless('ctx.log({"weight": 1.0, secrets: 1.0}, step + 1)')
  await expect(execute(workspace.request('train'), workspace.session())).rejects.toThrow(
    'the name of a metric holds the value of HF_TOKEN',
  )
  expect([...leaks(workspace.root), ...leaks(workspace.home)]).toEqual([])
})
