import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { hint, readRegularFile, UserError, workspaceLayout } from '@blacksmith/config/header'
import { requirementsFile } from './environment-name'
import type { NeededPython } from './interpreter'
import { canonical, linesOf, type Pins, parseLine } from './pins'

/** The pins of an environment, and a digest of all that they say. */
export interface Requirements {
  /** Relative to the workspace. */
  file: string
  /** The only version of Python that the pins are for, where a file says one. */
  python?: NeededPython
  pins: Pins
  /** With all that it includes; relative to the workspace. */
  files: string[]
  /** Equal for equal pins, whatever their files; of the kind of machine too, since several may share a home folder. */
  digest: string
}

/**
 * @throws UserError when there are no requirements of that name, when a file that they include is missing, and when
 *   one of them is no regular file: a FIFO is never opened, since it would be waited for
 */
export function readRequirements(workspaceRoot: string, name: string): Requirements {
  const inside = requirementsFile(workspaceRoot, name)
  const file = join(workspaceRoot, inside)
  if (!existsSync(file)) {
    throw new UserError({
      file: inside,
      message: `there are no requirements for a Python environment named ${name}`,
      remedy: hint(name, names(workspaceRoot), 'there are'),
    })
  }
  let python: NeededPython | undefined
  const pins: Pins = { packages: [], constraints: [], sources: [], options: [] }
  const seen = new Set<string>()
  const files = new Set<string>()
  const add = (path: string, packages: string[]): void => {
    // What only bounds versions in one place may be installed in another.
    const occurrence = `${packages === pins.constraints} ${path}`
    if (seen.has(occurrence)) return
    seen.add(occurrence)
    const shown = relative(workspaceRoot, path)
    files.add(shown)
    const text = readRegularFile(path, shown).toString()
    const asked = pythonOf(text, shown)
    if (python && asked && asked.minor !== python.minor) throw disagreeing(python, asked)
    python ??= asked
    for (const line of linesOf(text)) {
      if (isLocal(line)) throw unpinned(shown, line)
      const parsed = parseLine(line, path)
      if ('package' in parsed) packages.push(parsed.package)
      else if ('source' in parsed) pins.sources.push(parsed.source)
      else if ('option' in parsed) pins.options.push(parsed.option)
      else {
        const target = join(dirname(path), parsed.included)
        if (!existsSync(target)) throw missing(workspaceRoot, path, parsed.included)
        add(target, parsed.constraint ? pins.constraints : packages)
      }
    }
  }
  add(file, pins.packages)
  const machine = [process.platform, process.arch, python?.minor ?? '']
  const digest = createHash('sha256')
    .update(`${machine.join(' ')}\n${canonical(pins)}`)
    .digest('hex')
  return { file: inside, ...(python === undefined ? {} : { python }), pins, digest, files: [...files] }
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
      'pin a version (name==1.2), from a folder of wheels with --find-links; or put the code into a Python package of the workspace',
  })
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
  const folders = workspaceLayout(workspaceRoot).requirements.map((folder) => join(workspaceRoot, folder))
  const files = folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder))
  return files.filter((file) => file.endsWith('.txt')).map((file) => file.slice(0, -'.txt'.length))
}
