import { Store, storeHome } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { execute as executePlan } from '../execute'
import type { Outcome } from '../place'
import { plan } from '../plan'
import type { TaskRequest } from '../request'

/** Plans and executes, as the executor does. */
export async function execute(request: TaskRequest, session: Session): Promise<Outcome> {
  const store = new Store(storeHome(), { warn: (line) => session.display.note(line) })
  return executePlan(await plan(request, { store, keep: true }), session)
}
