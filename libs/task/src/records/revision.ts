import { git } from './git'

/** The state of the code at a run. */
export interface Revision {
  /** `null` where there is none: no version control, or nothing committed yet. */
  commit: string | null
  /** Whether the working tree differs from the commit. */
  dirty: boolean
}

/** The commit that the working tree stands on; a tree without git is recorded as such, not refused. */
export async function revision(workspaceRoot: string): Promise<Revision> {
  const options = ['--porcelain=v2', '--branch', '--no-ahead-behind', '--untracked-files=normal']
  const status = await git(workspaceRoot, ['status', ...options])
  if (status.kind === 'absent') return { commit: null, dirty: false }
  if (status.kind === 'failed') {
    // A damaged index, say: the commit may be known all the same.
    const commit = await git(workspaceRoot, ['rev-parse', '--verify', 'HEAD'])
    return { commit: commit.kind === 'output' ? commit.text.trim() : null, dirty: true }
  }
  return {
    commit: /^# branch\.oid ([0-9a-f]+)$/m.exec(status.text)?.[1] ?? null,
    dirty: /^[^#]/m.test(status.text),
  }
}
