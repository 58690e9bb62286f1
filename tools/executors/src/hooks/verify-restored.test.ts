import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Store } from '@blacksmith/store'
import { sealed, temporaryFolders } from '@blacksmith/store/testing'
import { sealOutput } from '@blacksmith/task/output-folder'
import { verifyRestored } from './verify-restored'

const temporary = temporaryFolders()
const output = 'dist/lightning-mnist/default/train'
const task = {
  id: 'lightning-mnist:train',
  target: { project: 'lightning-mnist', target: 'train' },
  outputs: [output],
}
const before = process.env.BLACKSMITH_HOME
beforeEach(() => {
  process.env.BLACKSMITH_HOME = temporary('home')
})
afterAll(() => {
  if (before === undefined) delete process.env.BLACKSMITH_HOME
  else process.env.BLACKSMITH_HOME = before
})

/** A workspace in whose dist/ a result was put; `while` happens before that is complete. */
async function workspaceWithOutput(
  meanwhile: (root: string) => Promise<void> = async () => undefined,
): Promise<string> {
  const root = temporary('workspace')
  const store = new Store(process.env.BLACKSMITH_HOME ?? '')
  await store.materialize(await sealed(store, 1, { model: 'weights' }), join(root, output), async () => {
    await meanwhile(root)
    sealOutput(join(root, output), 'draft')
  })
  return root
}

test('a result that another command has yet to complete is looked at when it is complete', async () => {
  let verified: Promise<void> | undefined
  const root = await workspaceWithOutput(async (workspace) => {
    verified = verifyRestored(workspace, [task], async () => 'draft')
    await Promise.race([verified.catch(() => undefined), pause(50)])
  })
  await verified
  expect(existsSync(join(root, output, 'model'))).toBe(true)
})

test('one of another state of the workspace does not count, and is taken away', async () => {
  const root = await workspaceWithOutput()
  await expect(verifyRestored(root, [task], async () => 'another')).rejects.toThrow(
    /checksums\.json.*is of another state of the workspace.*take `inputs` of the experiments’ targets out/s,
  )
  expect(existsSync(join(root, output))).toBe(false)
})
