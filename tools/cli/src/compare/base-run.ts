import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { type Layout, listRuns, type StoredRun } from '@blacksmith/store'
import { relevantFolders } from '@blacksmith/task'
import type { Branch } from './branch'

/** Where a run's uncommitted changes are recorded, if they were of a kind that shapes a result. */
const patchFile = 'changes.diff'

/**
 * The run of a branch that a run is held against: of the same experiment, target and configuration, and with the same
 * `--set` flags where there is one. The newest made at a commit of the branch is taken; else one made from what the
 * branch holds now, be it before that was committed or on a branch that was squashed into it. It is the run itself
 * where both come to the same.
 *
 * @param directory the experiment's workspace-relative folder
 * @throws UserError when the store has none
 */
export async function baseRun(
  layout: Layout,
  run: StoredRun,
  branch: Branch,
  directory: string,
): Promise<StoredRun> {
  const { project, target, configuration, overrides } = run.provenance
  const runs = await listRuns(layout, { project, target, configuration })
  const onBranch = runs.filter((each) => madeOn(branch, each))
  const candidates = onBranch.length > 0 ? onBranch : runs.filter((each) => madeAsOn(branch, each, directory))
  const alike = candidates.find(({ provenance }) => String(provenance.overrides) === String(overrides))
  const found = alike ?? candidates[0]
  if (found) return found
  const task = [project, target, ...(configuration === 'default' ? [] : [configuration])].join(':')
  throw new UserError({
    message: `none of the ${runs.length} runs of ${task} in the store was made from what ${branch.name} holds`,
    remedy: [
      'make one there, in a work tree of its own for instance:',
      `  git worktree add ../base ${branch.name}`,
      `  cd ../base && npm ci && npx nx run ${[task, ...overrides.map((each) => `--set ${each}`)].join(' ')}`,
    ].join('\n'),
  })
}

function madeOn(branch: Branch, run: StoredRun): boolean {
  const { commit } = run.provenance
  return commit !== null && patchOf(run) === undefined && branch.holds(commit)
}

function madeAsOn(branch: Branch, run: StoredRun, directory: string): boolean {
  const { commit } = run.provenance
  return commit !== null && branch.equals(commit, patchOf(run), [directory, ...relevantFolders(branch.root)])
}

function patchOf({ directory, provenance: { records } }: StoredRun): string | undefined {
  return records.some(({ path }) => path === patchFile) ? join(directory, patchFile) : undefined
}
