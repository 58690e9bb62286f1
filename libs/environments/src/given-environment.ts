import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { promisify } from 'node:util'
import { UserError } from '@blacksmith/config/header'
import { formatBytes } from '@blacksmith/text'
import type { Environment } from './environment'
import { digestPathEntry, holdsPackages, type Keeping } from './given-content'
import { type Snapshot, withSnapshots } from './in-use'
import { isNewEnough } from './interpreter'
import { asPackages, labelled } from './packages'
import { pythonVariables } from './python-variables'

const run = promisify(execFile)
const script = join(__dirname, 'list-interpreter.py')

/** What list-interpreter.py prints. */
interface Listing {
  version: string
  /** Where modules come from, in the order in which they are looked for. */
  paths: string[]
  /** The one of them that holds Python's own. */
  standard: string
  /** Name, version, and where the modules of an editable installation lie. */
  packages: [name: string | null, version: string | null, roots: string[]][]
}

/** What an interpreter is, whatever the environment's name that it stands for. */
interface Found {
  environment: Omit<Environment, 'name'>
  snapshots: Snapshot[]
}

/** An interpreter is asked once in a process: that takes a good part of a second where much is installed. */
const asked = new Map<string, Promise<Listing>>()
/** The last answers, for plans; what an execution uses is looked at anew. */
const remembered = new Map<string, Promise<Found>>()

/** How a given interpreter is looked at. */
export interface LookingOptions {
  /** The store's folder. */
  home: string
  /** A plan touches nothing, and takes what was found in this process before. */
  planning?: boolean
  /** Whether the interpreter itself is asked again: a process that lives long outlives an installation into it. */
  anew?: boolean
  /** Called when much has to be read. */
  onLine?: (line: string) => void
}

/**
 * The environment of an interpreter that is already there, a cluster's module or a vendor's container, as
 * BLACKSMITH_PYTHON names it. Nothing is installed into it. Its packages' versions do not say all of it, since
 * files may be edited, and may be those of somebody's working copy: all that it imports from is digested.
 *
 * @param python the command's own file, and not what it leads to: it may be a script that prepares the interpreter
 * @throws UserError
 */
export async function givenEnvironment(
  name: string,
  python: string,
  o: LookingOptions,
): Promise<Environment> {
  const found = (o.planning ? remembered.get(python) : undefined) ?? find(python, o)
  remember(remembered, python, found)
  const { environment, snapshots } = await found
  return withSnapshots({ name, ...environment }, snapshots)
}

async function find(python: string, o: LookingOptions): Promise<Found> {
  const listing = (o.anew ? undefined : asked.get(python)) ?? ask(python)
  remember(asked, python, listing)
  const { version, paths, standard, packages } = await listing
  const snapshots: Snapshot[] = []
  const digest = async (roots: readonly string[]): Promise<string> => {
    const contents: string[] = []
    for (const root of roots) {
      const entry = await digestPathEntry(root, keeping(python, o))
      if (!entry) continue
      snapshots.push(entry.snapshot)
      contents.push(entry.content)
    }
    return createHash('sha256').update(contents.join('\n')).digest('hex')
  }
  const labels = new Map<readonly string[], string>()
  for (const [, , roots] of packages) if (roots.length > 0) labels.set(roots, await digest(roots))
  const editable = new Set([...labels.keys()].flat())
  const within = (path: string) => path.startsWith(standard + sep) && !holdsPackages(path)
  const content = await digest(paths.filter((path) => !editable.has(path) && !within(path)))
  const versions = packages.map(
    ([name, installed, roots]) =>
      [name, installed && labelled(installed, 'editable', labels.get(roots))] as const,
  )
  return {
    environment: { python, pythonVersion: version, packages: asPackages(versions), content },
    snapshots,
  }
}

function keeping(python: string, { home, planning, onLine }: LookingOptions): Keeping {
  return {
    home,
    readOnly: planning ?? false,
    onMuch: (root, bytes) => {
      const size = formatBytes(bytes)
      onLine?.(`first use of BLACKSMITH_PYTHON=${python}: ${size} below ${root} are read, once for all runs`)
    },
  }
}

/** Keeps an answer, unless it turns out to be none. */
function remember<T>(map: Map<string, Promise<T>>, key: string, value: Promise<T>): void {
  map.set(key, value)
  value.catch(() => {
    if (map.get(key) === value) map.delete(key)
  })
}

async function ask(python: string): Promise<Listing> {
  const listed = await list(python).catch((error: NodeJS.ErrnoException & { stderr?: string }) => {
    const reason = error.stderr?.trim().split('\n').at(-1) || error.code || error.message
    throw refusal(python, `does not run: ${reason}`)
  })
  if (!isNewEnough(listed.version)) throw refusal(python, `is Python ${listed.version}`)
  return listed
}

async function list(python: string): Promise<Listing> {
  const { stdout } = await run(python, ['-c', readFileSync(script, 'utf8')], {
    env: pythonVariables(process.env),
    // Not here: `-c` would import from the current folder first.
    cwd: '/',
    maxBuffer: 1 << 26,
    timeout: 60_000,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Listing
}

function refusal(python: string, what: string): UserError {
  return new UserError({
    message: `BLACKSMITH_PYTHON=${python} ${what}`,
    remedy: 'give the path of a Python 3.11 or newer, or unset it so that an environment is made',
  })
}
