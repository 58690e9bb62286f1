import { readdirSync } from 'node:fs'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'

let workspace: TinyWorkspace
beforeEach(() => {
  workspace = new TinyWorkspace()
})
afterEach(() => workspace.dispose())

test('a training writes TensorBoard files where the environment asks for them, and nowhere else', async () => {
  await execute(workspace.request('train'), workspace.session())
  expect(readdirSync(workspace.root)).not.toContain('board')
  process.env.BLACKSMITH_TENSORBOARD = 'board'
  const { artifact } = await execute(workspace.request('train', 'training.seed=8'), workspace.session())
  expect(readdirSync(workspace.path('board'))).toEqual([`plain-tiny-default-${artifact.provenance.id}`])
  expect(readdirSync(workspace.path('board', `plain-tiny-default-${artifact.provenance.id}`))).toEqual([
    'train',
  ])
})
