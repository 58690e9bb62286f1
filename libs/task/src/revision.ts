import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What shapes a run; a diff of the rest of the tree would only hide it. */
const relevant = ['experiments', 'libs/python', 'libs/config']

/** The state of the code at a run. */
export interface Revision {
  /** `null` where the folder is under no version control. */
  commit: string | null
  /** Whether the working tree differs from the commit. */
  dirty: boolean
}

/** The commit that the working tree stands on; a tree without git is recorded as such, not refused. */
export async function revision(workspaceRoot: string): Promise<Revision> {
  const commit = await git(workspaceRoot, ['rev-parse', 'HEAD'])
  const changes = await git(workspaceRoot, ['status', '--porcelain'])
  return { commit: commit?.trim() ?? null, dirty: (changes ?? '').trim() !== '' }
}

/**
 * How the experiments, their Python and their configuration differ from the commit, as a patch; new files that
 * git does not know are in it too. Empty where nothing differs.
 */
export async function uncommittedChanges(workspaceRoot: string): Promise<string> {
  if ((await git(workspaceRoot, ['rev-parse', 'HEAD'])) === undefined) return ''
  const changed = await git(workspaceRoot, ['diff', ...asPatch, 'HEAD', '--', ...relevant])
  const others = await git(workspaceRoot, [
    'ls-files',
    '-z',
    '--others',
    '--exclude-standard',
    '--',
    ...relevant,
  ])
  const added = (others ?? '').split('\0').filter(Boolean)
  // --no-index ends with 1 where files differ, which new files always do.
  const patches = await Promise.all(
    added.map((file) => git(workspaceRoot, ['diff', ...asPatch, '--no-index', '--', '/dev/null', file], [1])),
  )
  return [changed, ...patches].filter(Boolean).join('')
}

/** A patch that can be applied, whatever the person's own settings of git are. */
const asPatch = ['--no-ext-diff', '--no-color', '--no-textconv', '--binary']

/**
 * What git prints; undefined where there is no git or no commit. Whatever else goes wrong is told in the place of
 * what was asked for: a training does not fail for it, and its records do not look complete.
 */
async function git(
  workspaceRoot: string,
  args: string[],
  expected: number[] = [],
): Promise<string | undefined> {
  try {
    return (await run('git', args, { cwd: workspaceRoot, maxBuffer: 1 << 28 })).stdout
  } catch (error) {
    const { code, stdout, message } = error as { code?: number | string; stdout?: string; message: string }
    if (code === 'ENOENT' || code === 128) return undefined
    if (typeof code === 'number' && expected.includes(code)) return stdout
    return `git ${args[0]} failed: ${message.split('\n')[0]}\n`
  }
}
