import { currentDraftDigest, type DraftReading, givenDigest } from '@blacksmith/identity/draft-digest'
import { ImportReader } from '@blacksmith/identity/imports'
import { parsedSources } from '@blacksmith/identity/parsed-sources'
import { kindsToHave } from '@blacksmith/launch/kinds-to-have'
import { Layout, storeHome } from '@blacksmith/store/home'
import { type Target, targets } from '@blacksmith/store/integrity'
import type { CommandLine } from './command-line'
import type { Drafts } from './draft-files'

/**
 * The draft digests of all targets that a command names, as the workspace stands now.
 *
 * @param experiments project name → workspace-relative folder
 */
export async function readDrafts(
  workspaceRoot: string,
  { projects }: CommandLine,
  experiments: ReadonlyMap<string, string>,
): Promise<Drafts> {
  const reading = await look(workspaceRoot)
  const drafts: Drafts = {}
  for (const project of projects ?? experiments.keys()) {
    const directory = experiments.get(project) ?? ''
    for (const target of targets) {
      drafts[`${project}:${target}`] = await currentDraftDigest(workspaceRoot, directory, target, reading)
    }
  }
  parsedSources().save()
  return drafts
}

/** The draft digest of one target, which its command did not name, as the workspace stands now. */
export async function readDraft(workspaceRoot: string, directory: string, target: Target): Promise<string> {
  return currentDraftDigest(workspaceRoot, directory, target, await look(workspaceRoot))
}

/** One reader for all: what experiments share is read once. */
async function look(workspaceRoot: string): Promise<DraftReading> {
  const layout = new Layout(storeHome())
  const given = await givenDigest(layout, { anew: true })
  return {
    layout,
    reader: new ImportReader(parsedSources()),
    given,
    known: new Map(),
    environments: { present: kindsToHave(workspaceRoot), known: new Map() },
  }
}
