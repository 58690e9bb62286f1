import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Problem, UserError } from '@blacksmith/config/header'
import { brokenOutput, holdOutput } from '@blacksmith/task/output-folder'

/** What of a task the check needs. */
export interface RestoredTask {
  id: string
  target: { project: string; target: string; configuration?: string }
  hash?: string
  outputs: string[]
}

/**
 * Holds what Nx has restored from its cache, or left in place, against what was sealed, and for which draft. What is not
 * the same is taken out of dist/ and of Nx's cache, so that the same command puts the right bytes there.
 *
 * @param draftOf the draft digest of a project's target at the beginning of the command
 * @throws UserError that names what was broken
 */
export async function verifyRestored(
  workspaceRoot: string,
  tasks: readonly RestoredTask[],
  draftOf: (project: string, target: string) => Promise<string>,
): Promise<void> {
  const problems: Problem[] = []
  for (const { target, hash, outputs } of tasks) {
    const output = posix.join('dist', target.project, target.configuration ?? 'default', target.target)
    if (!outputs.includes(output)) {
      evict(hash)
      problems.push(otherOutputs(output, outputs))
      continue
    }
    const directory = join(workspaceRoot, output)
    const draft = await draftOf(target.project, target.target)
    // Another command may be completing what it has put there.
    const held = await holdOutput(directory)
    try {
      const broken = await brokenOutput(directory, draft)
      if (broken === undefined) continue
      evict(hash)
      rmSync(directory, { recursive: true, force: true })
      problems.push({
        file: `${output}/${broken.path}`,
        message: `${broken.reason}, and so does not count: it is taken away from dist/ and from Nx's cache`,
        remedy:
          'run the same command again; if it comes back, take `inputs` of the experiments’ targets out of nx.json and project.json',
      })
    } finally {
      held.close()
    }
  }
  if (problems.length > 0) throw new UserError(problems)
}

function otherOutputs(output: string, outputs: readonly string[]): Problem {
  return {
    file: output,
    message: `is what this target makes, and Nx was asked to keep ${outputs.join(', ') || 'nothing'} in its place`,
    remedy: 'take `outputs` of the experiments’ targets out of nx.json and project.json',
  }
}

/** An entry without its files would be answered, with nothing in it: it goes as a whole. */
function evict(hash: string | undefined): void {
  if (!hash) return
  const { cacheDir } = require('nx/src/utils/cache-directory') as { cacheDir: string }
  const entry = join(cacheDir, hash)
  const aside = `${entry}.broken-${randomUUID()}`
  try {
    renameSync(entry, aside)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return
    if (code !== 'EXDEV') throw error
    // Of a lower layer of an image, whose folders cannot be moved. What a kill leaves of it is verified, too.
    rmSync(entry, { recursive: true, force: true })
  }
  rmSync(aside, { recursive: true, force: true })
}
