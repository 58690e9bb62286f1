import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preTasksExecution } from './plugin'

let workspaceRoot: string
beforeEach(() => {
  workspaceRoot = mkdtempSync(join(tmpdir(), 'blacksmith-plugin-'))
})
afterEach(() => rmSync(workspaceRoot, { recursive: true }))

/** What our hook does at the beginning of a command, in a workspace whose .nx takes no files. */
async function begin(...flags: string[]) {
  writeFileSync(join(workspaceRoot, '.nx'), 'in the way of a folder')
  const argv = ['node', 'nx', 'run-many', '-t', 'train', ...flags]
  return preTasksExecution?.(undefined, { id: 'command', workspaceRoot, nxJsonConfiguration: {}, argv })
}

test('a command that cannot be passed to Nx is refused with what to do', async () => {
  await expect(begin()).rejects.toThrow(/\.nx\/blacksmith {2}cannot be written \((ENOTDIR|EEXIST)\)/)
})

test('a command that leaves out Nx’s cache needs no folder of Nx', async () => {
  await expect(begin('--skip-nx-cache')).resolves.toBeUndefined()
})

test('values that a variable cannot have are reported before anything runs, all at once', async () => {
  process.env.BLACKSMITH_START_SECONDS = 'soon'
  process.env.BLACKSMITH_CHECKPOINT_SECONDS = 'often'
  try {
    await expect(begin('--skip-nx-cache')).rejects.toThrow(
      /START_SECONDS {2}is 'soon'(.|\n)*CHECKPOINT_SECONDS {2}is 'often'/,
    )
  } finally {
    delete process.env.BLACKSMITH_START_SECONDS
    delete process.env.BLACKSMITH_CHECKPOINT_SECONDS
  }
})
