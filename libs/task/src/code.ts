import { join, relative } from 'node:path'
import { type Header, type Json, UserError } from '@blacksmith/config'
import type { Target } from '@blacksmith/store'
import { closureDigests, importClosure } from '@blacksmith/trainer'
import { entryOf, pythonRoot } from './entry'
import { parsedSources } from './parsed-sources'

/** What the trainer process itself imports; it shapes a training, but not what a preparation computes. */
const runner = `${pythonRoot}/blacksmith/training/__main__.py`

/** The digest of each Python file that a target's code imports, directly or not, by workspace-relative path. */
export function codeDigests(workspaceRoot: string, target: Target, header: Header): Json {
  const { source } = entryOf(workspaceRoot, target, header)
  const entries = target === 'prepare-data' ? [source] : [source, runner]
  const closure = importClosure(
    entries.map((file) => join(workspaceRoot, file)),
    [join(workspaceRoot, header.directory), join(workspaceRoot, pythonRoot)],
    parsedSources(),
  )
  if (closure.problems.length > 0) {
    throw new UserError(
      closure.problems.map((problem) => ({
        ...problem,
        ...(problem.file ? { file: relative(workspaceRoot, problem.file) } : {}),
      })),
    )
  }
  return closureDigests(closure.files, workspaceRoot, parsedSources())
}
