import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Runs a tool of the workspace on what a generator has written. The files are complete without; a tool that fails says so. */
export function runTool(workspaceRoot: string, tool: string, args: string[]): void {
  spawnSync(join(workspaceRoot, 'node_modules/.bin', tool), args, {
    cwd: workspaceRoot,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
