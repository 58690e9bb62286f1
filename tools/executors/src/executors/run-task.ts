import { posix } from 'node:path'
import { UserError } from '@blacksmith/config'
import type { Target } from '@blacksmith/store'
import { defaultConfiguration, execute, openSession, reportError } from '@blacksmith/task'
import type { ExecutorContext } from '@nx/devkit'
import { beganVariable } from '../hooks/began'

/** The flags of a target, as Nx has checked them against schema.json. */
export interface TaskOptions {
  set?: string[]
  device?: string
  devices?: number
  threads?: number
  run?: string
}

/** Plans and executes one target of one experiment; `prepare-data`, `train` and `evaluate` are all this. */
export default async function runTask(
  options: TaskOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const session = openSession(`${context.projectName}:${context.targetName}`)
  try {
    const outcome = await execute(
      {
        workspaceRoot: context.root,
        directory: directoryOf(context),
        target: targetOf(context),
        configuration: configurationOf(options, context),
        began: Number(process.env[beganVariable]) || undefined,
        flags: { ...options, set: options.set ?? [] },
      },
      session,
    )
    return { success: outcome.results?.accepted ?? true }
  } catch (error) {
    reportError(error)
    return { success: false }
  } finally {
    session.close()
  }
}

function directoryOf({ projectName = '', projectsConfigurations }: ExecutorContext): string {
  const project = projectsConfigurations.projects[projectName]
  if (!project) throw new Error(`Nx gave no project named ${projectName}`)
  return posix.normalize(project.root)
}

/** The executor's name, since that is what says which part of an experiment to run. */
function targetOf({ target }: ExecutorContext): Target {
  return (target?.executor ?? '').split(':')[1] as Target
}

/** Nx runs the default silently when it knows no configuration of the name asked for: refuse that. */
function configurationOf(options: TaskOptions, context: ExecutorContext): string {
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
