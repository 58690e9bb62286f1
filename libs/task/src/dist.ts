import { join } from 'node:path'
import type { Target } from '@blacksmith/store'

/** Where a target's artifact stands for people and for Nx: `dist/<project>/<configuration>/<target>`. */
export function distDirectory(
  workspaceRoot: string,
  project: string,
  configuration: string,
  target: Target,
): string {
  return join(workspaceRoot, 'dist', project, configuration, target)
}
