import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const git = promisify(execFile)

/** The commit that the working tree stands on, and whether it differs from it. */
export interface Revision {
  /** `null` where the folder is under no version control. */
  commit: string | null
  dirty: boolean
}

/** The state of the code, for the records of a run; a tree without git is recorded as such, not refused. */
export async function revision(workspaceRoot: string): Promise<Revision> {
  try {
    const { stdout: commit } = await git('git', ['rev-parse', 'HEAD'], { cwd: workspaceRoot })
    const { stdout: changes } = await git('git', ['status', '--porcelain'], { cwd: workspaceRoot })
    return { commit: commit.trim(), dirty: changes.trim() !== '' }
  } catch {
    return { commit: null, dirty: false }
  }
}
