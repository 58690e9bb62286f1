import { type Problem, UserError } from '@blacksmith/config'
import { readRegularFile } from '@blacksmith/config/header'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { isRemote, type SourceFile, type SourceGroup, sourcesSchema } from './source'
import { lockedDigest, readSourcesLock } from './sources-lock'

/**
 * Reads a data set's sources.yaml. Digests that were noted in the sources.lock.json beside it are filled in.
 *
 * @throws UserError with every mistake in the file
 */
export function readSources(file: string): SourceGroup[] {
  const lines = new LineCounter()
  const document = parseDocument(readRegularFile(file, file).toString(), { lineCounter: lines })
  const syntax = document.errors.map(({ message, pos: [offset] }) => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col, message: message.split('\n')[0] ?? message }
  })
  if (syntax.length > 0) throw new UserError(syntax)
  const parsed = sourcesSchema.safeParse(document.toJS() ?? [])
  if (!parsed.success) {
    throw new UserError(
      parsed.error.issues.map((issue): Problem => {
        const at = position(document, issue.path, lines)
        return { file, ...at, field: issue.path.join('.'), message: innermost(issue) }
      }),
    )
  }
  const lock = readSourcesLock(file)
  return parsed.data.map(({ when, licence, files, inputs }) => ({
    when,
    licence,
    inputs,
    files: Object.fromEntries(
      Object.entries(files).map(([name, entry]) => {
        const source: SourceFile = { licence, ...entry, name, listedIn: file }
        return [name, isRemote(source) ? lockedDigest(source, lock) : source]
      }),
    ),
  }))
}

type Issue = {
  path: PropertyKey[]
  message: string
  code?: string | undefined
  errors?: Issue[][] | undefined
}

/** A union says only that nothing fits; the branch with the fewest complaints is the one that was meant. */
function innermost(issue: Issue): string {
  const branches = [...(issue.errors ?? [])].sort((a, b) => a.length - b.length)
  if (issue.code !== 'invalid_union' || !branches[0]) return issue.message
  return branches[0].map((inner) => `${inner.path.join('.')} ${innermost(inner)}`.trim()).join('; ')
}

/** Line and column of what a path leads to, or of the nearest thing above it. */
function position(document: Document, path: readonly PropertyKey[], lines: LineCounter) {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)
    if (!isNode(node) || !node.range) continue
    const { line, col } = lines.linePos(node.range[0])
    return { line, column: col }
  }
  return {}
}
