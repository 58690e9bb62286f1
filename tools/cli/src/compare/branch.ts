import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { UserError } from '@blacksmith/config'

/** A branch of a workspace's repository (or a tag, or whatever else git takes for a commit). */
export class Branch {
  private readonly tip: string
  private readonly holding = new Map<string, boolean>()

  /** @throws UserError when git knows no such branch */
  constructor(
    readonly root: string,
    readonly name: string,
  ) {
    const tip = this.git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`])
    if (tip === undefined) {
      throw new UserError({
        flag: `--against=${name}`,
        message: 'git knows no such branch here',
        remedy: `fetch it (git fetch origin ${name}:${name}), or name another: --against=origin/main`,
      })
    }
    this.tip = tip
  }

  /** Whether a commit is on the branch; one that the repository does not know is not. */
  holds(commit: string): boolean {
    const held =
      this.holding.get(commit) ?? this.git(['merge-base', '--is-ancestor', commit, this.tip]) !== undefined
    this.holding.set(commit, held)
    return held
  }

  /** Whether a commit, with a patch that lay on top of it, is the same below `paths` as the branch is now. */
  equals(commit: string, patch: string | undefined, paths: string[]): boolean {
    if (patch === undefined)
      return this.git(['diff', '--quiet', commit, this.tip, '--', ...paths]) !== undefined
    // In an index and an object store of their own: a question leaves nothing in the repository.
    const scratch = mkdtempSync(join(tmpdir(), 'blacksmith-compare-'))
    const env = {
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: resolve(
        this.root,
        this.git(['rev-parse', '--git-path', 'objects']) ?? '',
      ),
    }
    const steps = [
      ['read-tree', commit],
      ['apply', '--cached', patch],
      ['diff', '--cached', '--quiet', this.tip, '--', ...paths],
    ]
    try {
      return steps.every((args) => this.git(args, env) !== undefined)
    } finally {
      rmSync(scratch, { recursive: true })
    }
  }

  /** What git prints; undefined when it says no. */
  private git(args: string[], env: NodeJS.ProcessEnv = {}): string | undefined {
    try {
      const options = {
        cwd: this.root,
        env: { ...process.env, ...env },
        encoding: 'utf8',
        stdio: 'pipe',
      } as const
      return execFileSync('git', args, options).trim()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return undefined
      throw new UserError({ message: 'git is not installed here', remedy: 'install it' }, { cause: error })
    }
  }
}
