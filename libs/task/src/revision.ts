import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What shapes a run; a diff of the rest of the tree would only hide it. */
const relevant = ['experiments', 'libs/python', 'libs/config']

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
    return { commit: commit.kind === 'said' ? commit.text.trim() : null, dirty: true }
  }
  return {
    commit: /^# branch\.oid ([0-9a-f]+)$/m.exec(status.text)?.[1] ?? null,
    dirty: /^[^#]/m.test(status.text),
  }
}

/**
 * How the experiments, their Python and their configuration differ from the commit, as a patch; new files that
 * git does not know are in it too. Empty where nothing differs. Where git fails, its complaint stands in the patch's
 * place: a training does not fail for it, and its records do not look complete.
 */
export async function uncommittedChanges(workspaceRoot: string): Promise<string> {
  const [head, changed, others] = await Promise.all([
    git(workspaceRoot, ['rev-parse', '--verify', 'HEAD']),
    git(workspaceRoot, ['diff', ...asPatch, 'HEAD', '--', ...relevant]),
    git(workspaceRoot, ['ls-files', '-z', '--others', '--exclude-standard', '--', ...relevant]),
  ])
  if (head.kind === 'absent') return ''
  const added = others.kind === 'said' ? others.text.split('\0').filter(Boolean) : []
  const patches = [changed, ...(others.kind === 'failed' ? [others] : [])]
  for (const file of added.slice(0, mostNewFiles)) patches.push(await patchOf(workspaceRoot, file))
  const left = added.slice(mostNewFiles).map((file) => `new file, not shown: ${file}\n`)
  return [...patches.map((patch) => (patch.kind === 'absent' ? '' : patch.text)), ...left].join('')
}

/** More new files than anybody writes by hand are data, which keys hold by digest anyway. */
const mostNewFiles = 200

/** A patch that can be applied, whatever the person's own settings of git are. */
const asPatch = ['--no-ext-diff', '--no-color', '--no-textconv', '--binary']

/** --no-index ends with 1 where files differ, which a new file always does. */
function patchOf(workspaceRoot: string, file: string): Promise<Answer> {
  return git(workspaceRoot, ['diff', ...asPatch, '--no-index', '--', '/dev/null', file], [1])
}

/** What git said; that there is no git, no repository or no commit; or its complaint. */
type Answer = { kind: 'said' | 'failed'; text: string } | { kind: 'absent' }

async function git(workspaceRoot: string, args: string[], expected: number[] = []): Promise<Answer> {
  const env = { ...process.env, LC_ALL: 'C' }
  try {
    const { stdout } = await run('git', args, { cwd: workspaceRoot, env, maxBuffer: 1 << 28 })
    return { kind: 'said', text: stdout }
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as ExecError
    if (typeof code === 'number' && expected.includes(code)) return { kind: 'said', text: stdout }
    const nothing = /not a git repository|Needed a single revision/i.test(stderr)
    if (code === 'ENOENT' || nothing) return { kind: 'absent' }
    return { kind: 'failed', text: `git ${args[0]} failed: ${(stderr || message).trim().split('\n')[0]}\n` }
  }
}

interface ExecError extends Error {
  code?: number | string
  stdout?: string
  stderr?: string
}
