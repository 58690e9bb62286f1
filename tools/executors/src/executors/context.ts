import { posix } from 'node:path'
import type { ExecutorContext } from '@nx/devkit'

/** The workspace-relative folder of the experiment that Nx runs a target of. */
export function directoryOf({ projectName = '', projectsConfigurations }: ExecutorContext): string {
  const project = projectsConfigurations.projects[projectName]
  if (!project) throw new Error(`Nx gave no project named ${projectName}`)
  return posix.normalize(project.root)
}
