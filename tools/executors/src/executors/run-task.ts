import { UserError } from '@blacksmith/config'
import { nxCacheIsOff } from '@blacksmith/config/header'
import { Store, storeHome, type Target } from '@blacksmith/store'
import { execute, plan, type TaskRequest } from '@blacksmith/task'
import { openSession } from '@blacksmith/terminal'
import type { ExecutorContext } from '@nx/devkit'
import { draftOf } from '../hooks/draft-files'
import { configurationOf, directoryOf } from './context'

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
    const store = new Store(storeHome(), { warn: (line) => session.display.note(line) })
    const planned = await plan(
      {
        workspaceRoot: context.root,
        directory: directoryOf(context),
        target: targetOf(context),
        configuration: configurationOf(options, context),
        draft: draftHashed(context),
        flags: flagsOf(options),
      },
      { store, keep: true },
    )
    const outcome = await execute(planned, session)
    return { success: outcome.results?.accepted ?? true }
  } catch (error) {
    session.fail(error)
    return { success: false }
  } finally {
    session.close()
  }
}

/** What Nx has hashed, where it may keep the result; a task that its command did not name is held to it afterwards. */
function draftHashed({ projectName, targetName }: ExecutorContext): string | undefined {
  return nxCacheIsOff(process.env) ? undefined : draftOf(`${projectName}:${targetName}`)
}

/**
 * @throws UserError for flags that do not come from the command line: Nx would keep their results in the place of
 * those without
 */
function flagsOf({ run: _run, ...given }: TaskOptions): TaskRequest['flags'] {
  const flags = { ...given, set: given.set ?? [] }
  const shaping = flags.set.length > 0 || flags.devices !== undefined || flags.threads !== undefined
  if (!shaping || nxCacheIsOff(process.env)) return flags
  throw new UserError({
    message: 'flags that shape the result come from the command line alone',
    remedy: 'write what nx.json or a project.json sets for this target into an overlay in configs/',
  })
}

/** The executor's name, since that is what says which part of an experiment to run. */
function targetOf({ target }: ExecutorContext): Target {
  return (target?.executor ?? '').split(':')[1] as Target
}
