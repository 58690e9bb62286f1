import { join } from 'node:path'
import type { Target } from '@blacksmith/store'

/**
 * Where a target's artifact stands for people and for Nx: `dist/<project>/<configuration>/<target>`.
 *
 * @param run the configuration, or with flags that shape the result what `runFolder` gives
 */
export function distDirectory(workspaceRoot: string, project: string, run: string, target: Target): string {
  return join(workspaceRoot, 'dist', project, run, target)
}
