import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What git printed; that there is no git, no repository or no commit; or its complaint. */
export type GitOutput = { kind: 'output' | 'failed'; text: string } | { kind: 'absent' }

/**
 * Asks git. Never rejects: a run does not end for want of a record.
 *
 * @param expected statuses besides 0 with which git has succeeded
 */
export async function git(
  workspaceRoot: string,
  args: string[],
  expected: number[] = [],
): Promise<GitOutput> {
  const env = { ...process.env, LC_ALL: 'C' }
  try {
    const { stdout } = await run('git', args, { cwd: workspaceRoot, env, maxBuffer: 1 << 28 })
    return { kind: 'output', text: stdout }
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as ExecError
    if (typeof code === 'number' && expected.includes(code)) return { kind: 'output', text: stdout }
    const nothing = /not a git repository|Needed a single revision/i.test(stderr)
    if (code === 'ENOENT' || nothing) return { kind: 'absent' }
    const asked = args.find((arg) => !arg.startsWith('-'))
    return { kind: 'failed', text: `git ${asked} failed: ${(stderr || message).trim().split('\n')[0]}\n` }
  }
}

interface ExecError extends Error {
  code?: number | string
  stdout?: string
  stderr?: string
}
