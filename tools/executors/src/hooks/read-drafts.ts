import { currentDraftDigest, givenDigest } from '@blacksmith/identity/draft-digest'
import { parsedSources } from '@blacksmith/identity/parsed-sources'
import { Layout, storeHome } from '@blacksmith/store/home'
import { targets } from '@blacksmith/store/integrity'
import { ImportReader } from '@blacksmith/trainer/imports'
import type { CommandLine } from './command-line'
import type { Drafts } from './draft-files'

/**
 * The draft digests of all targets that a command may run, as the workspace stands now.
 *
 * @param experiments project name → workspace-relative folder
 */
export async function readDrafts(
  workspaceRoot: string,
  { projects }: CommandLine,
  experiments: ReadonlyMap<string, string>,
): Promise<Drafts> {
  const layout = new Layout(storeHome())
  // One for all of them: what experiments share is read once.
  const reader = new ImportReader(parsedSources())
  const given = await givenDigest(layout, { anew: true })
  const drafts: Drafts = {}
  for (const project of projects ?? experiments.keys()) {
    const directory = experiments.get(project) ?? ''
    for (const target of targets) {
      drafts[`${project}:${target}`] = await currentDraftDigest(workspaceRoot, directory, target, {
        layout,
        reader,
        given,
      })
    }
  }
  parsedSources().save()
  return drafts
}
