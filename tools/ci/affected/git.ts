import { spawnSync } from 'node:child_process'

/** What git said, and whether it succeeded. */
export interface GitOutput {
  ok: boolean
  /** Trimmed standard output. */
  output: string
  /** The first line of its complaint. */
  error: string
}

/** Asks git. A failure is an answer too: no git at all, no repository, no such commit. */
export function git(directory: string, ...args: string[]): GitOutput {
  const { status, stdout, stderr, error } = spawnSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const complaint = (error?.message ?? stderr ?? '').trim().split('\n')[0] ?? ''
  return { ok: status === 0, output: (stdout ?? '').trim(), error: complaint }
}

/** Files that differ between a commit and the work tree, new ones included. */
export function changedFiles(directory: string, since: string): string[] {
  const listed = (...args: string[]) => git(directory, ...args).output.split('\0')
  const files = [
    ...listed('diff', '--name-only', '-z', '--no-renames', '--relative', since),
    ...listed('ls-files', '--others', '--exclude-standard', '-z'),
  ]
  return [...new Set(files.filter((file) => file !== ''))].sort()
}
