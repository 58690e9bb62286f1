import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'

let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
})
afterEach(() => workspace.dispose())

/** What the dashboard reads of the only run whose folder is there. */
function liveRecord(): unknown {
  const work = join(workspace.home, 'work')
  const [id = ''] = readdirSync(work).filter((name) => /^[0-9a-f]{64}$/.test(name))
  return JSON.parse(readFileSync(join(work, id, 'live.json'), 'utf8'))
}

test('of a run that failed its overrides and its error stay for whoever looks later', async () => {
  const flags = ['training.break_at=2', 'training.epochs=3']
  await expect(execute(workspace.request('train', ...flags), workspace.session())).rejects.toThrow()
  expect(liveRecord()).toMatchObject({ overrides: flags, failure: { kind: 'nan' } })
})

test('a trainer that died without a word is recorded as well', async () => {
  const recipe = 'experiments/plain/tiny/recipe.py'
  workspace.write(
    recipe,
    workspace.read(recipe).replace(/^def train\(ctx\):$/m, '$&\n    import os\n    os.abort()'),
  )
  await expect(execute(workspace.request('train'), workspace.session())).rejects.toThrow()
  expect(liveRecord()).toMatchObject({ overrides: [], failure: { kind: 'crashed' } })
})
