import { UserError } from '@blacksmith/config'
import { readSettings } from '@blacksmith/identity'
import { Store, storeHome } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { execute } from './execute'
import { releaseInputs } from './key/inputs'
import { environmentFor } from './make'
import { type Plan, plan } from './plan'
import { provideInputs } from './provide-inputs'
import type { TaskRequest } from './request'

/**
 * Makes ready what all trainings of an experiment have in common, its environment and its data, and plans the one
 * without other flags. Plans of trials are made like this one, by {@link planLike}.
 *
 * @throws UserError as plans and executions do
 */
export async function planTrials(request: TaskRequest, session: Session): Promise<Plan> {
  const store = new Store(storeHome(), { warn: (line) => session.display.note(line) })
  const planned = await plan(request, { store, keep: true })
  if (!planned.launching) await environmentFor(planned, session)
  releaseInputs(await provideInputs(planned, session, execute))
  return plan(request, { store, keep: true })
}

/**
 * Trials of one sweep start from the same files.
 *
 * @throws UserError where one of those that parameters are written in has been changed since the plan was made
 */
export function refuseEdited({ request: { workspaceRoot, directory }, settings }: Plan): void {
  const now = readSettings(workspaceRoot, directory)
  if (now.stamps.join() === settings.stamps.join()) return
  throw new UserError({
    file: directory,
    message:
      'its parameters have been edited while the sweep went on, and its trials would not be comparable',
    remedy: 'run the same command again; trials that stay the same are in the store',
  })
}
