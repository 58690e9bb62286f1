import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import type { Cluster } from '@blacksmith/launch'

/**
 * What a node starts: our own command with arguments, from the packages of the workspace, which lie on a disk that the nodes share.
 *
 * @throws UserError where it is not installed
 */
export function commandLine(workspaceRoot: string, { node }: Cluster, args: readonly string[]): string[] {
  const file = 'node_modules/@blacksmith/cli/bin/blacksmith.cjs'
  const command = join(workspaceRoot, file)
  if (!existsSync(command)) {
    throw new UserError({
      file,
      message: 'is not there, and it is what a job starts with',
      remedy: 'npm install --save-dev @blacksmith/cli',
    })
  }
  return [node ?? process.execPath, realpathSync(command), ...args]
}
