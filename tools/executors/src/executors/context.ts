import { posix } from 'node:path'
import { UserError } from '@blacksmith/config'
import { defaultConfiguration } from '@blacksmith/task'
import type { ExecutorContext } from '@nx/devkit'

/** The workspace-relative folder of the experiment that Nx runs a target of. */
export function directoryOf({ projectName = '', projectsConfigurations }: ExecutorContext): string {
  const project = projectsConfigurations.projects[projectName]
  if (!project) throw new Error(`Nx gave no project named ${projectName}`)
  return posix.normalize(project.root)
}

/** Nx runs the default silently when it knows no configuration of the name asked for: refuse that. */
export function configurationOf(options: { run?: string }, context: ExecutorContext): string {
  const run = options.run ?? defaultConfiguration
  const asked = context.configurationName
  if (asked !== undefined && asked !== run) {
    const names = Object.keys(context.target?.configurations ?? {})
    throw new UserError({
      message: `${context.projectName} has no configuration named ${asked}`,
      remedy:
        names.length > 0
          ? `use one of: ${names.join(', ')}, or leave -c out`
          : `it has none: leave -c out, or add configs/${asked}.yaml`,
    })
  }
  return run
}
