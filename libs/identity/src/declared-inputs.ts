import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { UserError } from '@blacksmith/config/header'

/** Globs under `inputs:`, and where they are written. */
export interface Declaration {
  /** The folder that they are relative to; workspace-relative. */
  directory: string
  inputs: readonly string[]
  /** The file that holds them; workspace-relative. */
  file: string
}

/** A file that is declared under `inputs:`. */
export interface DeclaredFile {
  /** Workspace-relative, with forward slashes. */
  path: string
  /** Relative to that folder, as code reads it and keys name it. */
  name: string
  bytes: number
}

/** More than anybody declares on purpose: a glob that reaches into node_modules, say. */
const mostFiles = 10_000

/**
 * The files that the globs under `inputs:` match, in the order of their names. Links count as what they lead to.
 *
 * @throws UserError for a glob that matches nothing or leaves the workspace, and for what is no regular file
 */
export function declaredFiles(workspaceRoot: string, declaration: Declaration): DeclaredFile[] {
  const found = new Map<string, DeclaredFile>()
  for (const glob of declaration.inputs) {
    const matched = expand(workspaceRoot, declaration, glob)
    if (matched.length === 0) throw fault(declaration, glob, 'matches no file', 'mend it, or take it away')
    for (const file of matched) found.set(file.path, file)
    if (found.size > mostFiles) {
      const remedy = 'name the folder that holds them more closely, or give them as dataset.path'
      throw fault(declaration, glob, `matches more than ${mostFiles} files`, remedy)
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function expand(workspaceRoot: string, declaration: Declaration, glob: string): DeclaredFile[] {
  const pattern = posix.join(declaration.directory, glob)
  if (pattern.startsWith('../')) {
    const remedy = 'copy what it means into the experiment’s folder, or give data as dataset.path'
    throw fault(declaration, glob, 'leaves the workspace', remedy)
  }
  const steps = pattern.split('/')
  const fixed = steps.findIndex((step) => /[*?[\]{}()!+@]/.test(step))
  const look = new Look(workspaceRoot, declaration, glob)
  if (fixed === -1) return look.at(pattern, true)
  // Loaded for those few experiments that declare by a pattern.
  const { Minimatch } = require('minimatch') as typeof import('minimatch')
  const matcher = new Minimatch(pattern, { dot: true })
  return look.at(steps.slice(0, fixed).join('/'), false).filter(({ path }) => matcher.match(path))
}

/** Looks for the files of one glob; what is wrong with one of them is reported under its name. */
class Look {
  private readonly found: DeclaredFile[] = []

  constructor(
    private readonly workspaceRoot: string,
    private readonly declaration: Declaration,
    private readonly glob: string,
  ) {}

  /** The file, or every file below the folder. */
  at(path: string, named: boolean): DeclaredFile[] {
    this.visit(path, named, [])
    return this.found
  }

  private visit(path: string, named: boolean, above: readonly string[]): void {
    const absolute = join(this.workspaceRoot, path)
    let stats: ReturnType<typeof statSync> | undefined
    try {
      stats = statSync(absolute, { throwIfNoEntry: false })
    } catch (error) {
      throw this.refuse(path, reasonOf(error), 'mend the link, or the permissions')
    }
    if (!stats) {
      if (named) return
      if (above.length === 0) return
      throw this.refuse(path, 'is a link that leads nowhere', 'mend or remove it')
    }
    if (stats.isFile()) {
      const name = posix.relative(this.declaration.directory, path)
      if (unwatched.test(name) && !named) return
      if (unwatched.test(name)) {
        const remedy = 'give it another name: that is the name of a test, or of a document'
        throw this.refuse(path, 'is passed over by `nx affected`', remedy)
      }
      this.found.push({ path, name, bytes: stats.size })
    } else if (stats.isDirectory()) this.list(path, absolute, named, above)
    else throw this.refuse(path, 'is no regular file', 'declare files only')
  }

  private list(path: string, absolute: string, named: boolean, above: readonly string[]): void {
    if (named) {
      throw this.refuse(path, 'is a folder', `declare its files: ${posix.join(this.glob, '**')}`)
    }
    const real = realpathSync(absolute)
    if (above.includes(real)) throw this.refuse(path, 'is a link to a folder above it', 'remove the link')
    for (const entry of this.names(path, absolute)) {
      if (skipped.has(entry)) continue
      if (this.found.length > mostFiles) return
      this.visit(posix.join(path, entry), false, [...above, real])
    }
  }

  private names(path: string, absolute: string): string[] {
    try {
      const raw = readdirSync(absolute, { encoding: 'buffer' })
      const odd = raw.find((name) => !Buffer.from(name.toString('utf8')).equals(name))
      if (odd)
        throw this.refuse(path, `holds a name that is not UTF-8: ${odd.toString('latin1')}`, 'rename it')
      return raw.map((name) => name.toString('utf8')).sort()
    } catch (error) {
      if (error instanceof UserError) throw error
      throw this.refuse(path, reasonOf(error), 'give yourself permission')
    }
  }

  private refuse(path: string, message: string, remedy: string): UserError {
    return fault(
      this.declaration,
      this.glob,
      `${posix.relative(this.declaration.directory, path)} ${message}`,
      remedy,
    )
  }
}

/** What tools leave behind is no input of anybody's. */
const skipped = new Set(['.git', '.nx', 'node_modules', '__pycache__', 'dist', 'parameters.pyi'])

/** As in .nxignore: a change of these selects nothing. */
const unwatched = /(^|\/)(README\.md|[^/]*_test\.py|[^/]*\.test\.ts)$/

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ELOOP') return 'is a link in a circle'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by you'
  return `cannot be looked at (${code ?? message})`
}

function fault({ file }: Declaration, glob: string, message: string, remedy: string): UserError {
  return new UserError({ file, field: 'inputs', message: `${glob}: ${message}`, remedy })
}
