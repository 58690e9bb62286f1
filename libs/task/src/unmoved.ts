import { UserError } from '@blacksmith/config'
import {
  draftDigest,
  givenDigest,
  type Material,
  ownDigests,
  readSettings,
  type Settings,
} from '@blacksmith/identity'
import { Layout, storeHome } from '@blacksmith/store'
import type { Experiment } from './experiment'
import type { TaskRequest } from './request'

/**
 * Nx keeps a result under the draft digest that its command began with. What this process has read since may be
 * another draft: the target fails then, and Nx keeps nothing.
 *
 * @param settings as they were before the experiment was resolved from them
 * @throws UserError where the draft is another one
 */
export async function refuseOtherDraft(
  { draft, workspaceRoot, directory, target }: TaskRequest,
  { header }: Experiment,
  settings: Settings,
  material: Material,
): Promise<void> {
  if (draft === undefined) return
  const layout = new Layout(storeHome())
  const own = await ownDigests(workspaceRoot, target, header, layout)
  const given = await givenDigest(layout, { anew: false })
  const now = draftDigest(workspaceRoot, target, header, { settings, material, own, given })
  const after = readSettings(workspaceRoot, directory)
  if (now === draft && after.stamps.join() === settings.stamps.join()) return
  throw new UserError({
    file: directory,
    message:
      'it, or what it reads, has changed since this command began, and Nx would keep the result for what it was',
    remedy: 'run the same command again; what is the same is in the store',
  })
}
