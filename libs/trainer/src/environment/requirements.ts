import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { hint, readRegularFile, UserError } from '@blacksmith/config/header'
import { requirementsDirectory as directory, requirementsFile } from './environment-name'
import type { NeededPython } from './interpreter'

/** The pins of an environment: what pip is given, and a digest of all that they say. */
export interface Requirements {
  file: string
  /** The only version of Python that the pins are for, where the file says one. */
  python?: NeededPython
  /** Of the pins without comments, and of the kind of machine: a home folder may be shared by several. */
  digest: string
}

/**
 * @throws UserError when there are no requirements of that name, when a file that they include is missing, and when
 *   one of them is no regular file: a FIFO is never opened, since it would be waited for
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
  let python: NeededPython | undefined
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  const seen = new Set<string>()
  const add = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const shown = relative(workspaceRoot, path)
    const text = readRegularFile(path, shown).toString()
    const asked = pythonOf(text, shown)
    if (python && asked && asked.minor !== python.minor) throw disagreeing(python, asked)
    python ??= asked
    const lines = linesOf(text)
    const local = lines.find(isLocal)
    if (local !== undefined) throw unpinned(shown, local)
    hash.update(`${lines.join('\n')}\n\n`)
    for (const included of lines.flatMap((line) => includedIn(line))) {
      const target = join(dirname(path), included)
      if (!existsSync(target)) throw missing(workspaceRoot, path, included)
      add(target)
    }
  }
  add(file)
  if (python !== undefined) hash.update(`python ${python.minor}\n`)
  return { file, ...(python === undefined ? {} : { python }), digest: hash.digest('hex') }
}

/**
 * pip has no word for the interpreter in a requirements file, so it stands in a comment, with the name and meaning
 * that package metadata have: `# requires-python: ==3.12.*`.
 */
function pythonOf(text: string, file: string): NeededPython | undefined {
  const [, asked] = text.match(/^#[ \t]*requires-python:[ \t]*(.*?)[ \t\r]*$/m) ?? []
  if (asked === undefined) return undefined
  const [, minor] = asked.match(/^==(3\.\d+)\.\*$/) ?? []
  if (minor !== undefined) return { minor, file }
  throw new UserError({
    file,
    field: 'requires-python',
    message: `is ${asked || 'empty'}`,
    remedy: 'write it as ==3.12.*: one minor version, any patch of it',
  })
}

function disagreeing(first: NeededPython, other: NeededPython): UserError {
  return new UserError({
    file: other.file,
    field: 'requires-python',
    message: `is ==${other.minor}.*, and ==${first.minor}.* in ${first.file}, which includes it or is included with it`,
    remedy: 'let both ask for the same version: they are installed together',
  })
}

/** What pip reads of a file: comments begin at a `#` that stands alone. */
function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

/** A folder or file on this machine, of which only a digest says what it holds. */
function isLocal(line: string): boolean {
  if (/#sha256=[0-9a-f]{64}\b|--hash[= ]sha256:/.test(line)) return false
  return (
    /^(-e|--editable)[\s=]/.test(line) ||
    /^(\.{1,2}\/|\/|~\/|file:)|[\s@]file:/.test(line) ||
    /^[^\s=<>@:]+\.(whl|zip|tar\.gz)$/.test(line)
  )
}

function unpinned(file: string, line: string): UserError {
  return new UserError({
    file,
    field: line,
    message: 'may hold something else tomorrow, under the same version',
    remedy:
      'pin a version (name==1.2), from a folder of wheels with --find-links; or put the code below libs/python',
  })
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
