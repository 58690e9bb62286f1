import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { hint, UserError } from '@blacksmith/config'
import { requirementsDirectory as directory, requirementsFile } from './environment-name'

/** The pins of an environment: what pip is given, and a digest of all that they say. */
export interface Requirements {
  file: string
  /** Of the pins without comments, and of the kind of machine: a home folder may be shared by several. */
  digest: string
}

/**
 * @throws UserError when there are no requirements of that name, or a file that they include is missing
 */
export function readRequirements(workspaceRoot: string, name: string): Requirements {
  const file = join(workspaceRoot, requirementsFile(name))
  if (!existsSync(file)) {
    throw new UserError({
      file: requirementsFile(name),
      message: `there are no requirements for a Python environment named ${name}`,
      remedy: hint(name, names(workspaceRoot), 'there are'),
    })
  }
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  const seen = new Set<string>()
  const add = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const lines = linesOf(path)
    hash.update(`${lines.join('\n')}\n\n`)
    for (const included of lines.flatMap((line) => includedIn(line))) {
      const target = join(dirname(path), included)
      if (!existsSync(target)) throw missing(workspaceRoot, path, included)
      add(target)
    }
  }
  add(file)
  return { file, digest: hash.digest('hex') }
}

/** What pip reads of a file: comments begin at a `#` that stands alone. */
function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

function includedIn(line: string): string[] {
  const [, path] = line.match(/^(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)$/) ?? []
  return path === undefined || /^[a-z]+:\/\//i.test(path) ? [] : [path]
}

function missing(workspaceRoot: string, path: string, included: string): UserError {
  return new UserError({
    file: relative(workspaceRoot, path),
    field: included,
    message: 'is included, but there is no such file',
    remedy: 'mend the path; it is relative to the file that includes it',
  })
}

function names(workspaceRoot: string): string[] {
  const folder = join(workspaceRoot, directory)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((entry) => entry.endsWith('.txt'))
    .map((entry) => entry.slice(0, -'.txt'.length))
}
