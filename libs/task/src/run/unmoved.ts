import { UserError } from '@blacksmith/config'
import {
  draftDigest,
  givenDigest,
  interpreterOf,
  type Material,
  ownDigests,
  parsedSources,
  readSettings,
  type Settings,
  upstreamDrafts,
} from '@blacksmith/identity'
import { ImportReader } from '@blacksmith/identity/imports'
import { kindsToHave } from '@blacksmith/launch'
import { Layout, storeHome } from '@blacksmith/store'
import type { Experiment } from '../experiment/experiment'
import type { TaskRequest } from '../request'

/**
 * The draft digest of what this process has read. Nx keeps a result under the one that its command began with: where
 * that is another, the target fails, and Nx keeps nothing.
 *
 * @param settings as they were before the experiment was resolved from them
 * @throws UserError where the draft is another one
 */
export async function sameDraft(
  { draft, workspaceRoot, directory, target }: TaskRequest,
  { header }: Experiment,
  settings: Settings,
  material: Material,
): Promise<string> {
  const layout = new Layout(storeHome())
  const own = await ownDigests(workspaceRoot, target, header, layout)
  const reading = {
    layout,
    reader: new ImportReader(parsedSources()),
    given: await givenDigest(layout, { anew: false }),
    known: new Map(),
    environments: { present: kindsToHave(workspaceRoot), known: new Map() },
  }
  const interpreter = await interpreterOf(workspaceRoot, target, header, reading)
  const upstream = await upstreamDrafts(workspaceRoot, directory, target, reading)
  const parts = { settings, material, own, interpreter, upstream }
  const now = draftDigest(workspaceRoot, target, header, parts)
  const moved = readSettings(workspaceRoot, directory).stamps.join() !== settings.stamps.join()
  if (draft === undefined || (now === draft && !moved)) return now
  throw new UserError({
    file: directory,
    message:
      'it, or what it reads, has changed since this command began, and Nx would keep the result for what it was',
    remedy: 'run the same command again; what is the same is in the store',
  })
}
