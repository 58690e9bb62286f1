import { createHash } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Snapshot } from './in-use'
import { bytesOf, listFile, listWithTargets, type Tree } from './tree'
import { readHead, readRecord, recordOf, writeRecord } from './tree-record'

/** What is known of one entry of Python’s path: a folder or file that it imports from. */
export interface PathEntry {
  /** The digest of what its files hold and how they are called, wherever it lies. */
  content: string
  snapshot: Snapshot
}

/** Where digests are kept between runs, and what is called when much has to be read. */
export interface Keeping {
  /** The store's folder: what is known of each entry lies in `<home>/given`. */
  home: string
  /** Where a plan is made, nothing is written. */
  readOnly: boolean
  onMuch: (root: string, bytes: number) => void
}

const bytecode = '__pycache__'

/** Caches and histories: nothing is imported from them, and they change by themselves. */
const skipped = [
  ...['.git', '.hg', '.svn', 'node_modules', '.venv', '.tox', '.nox'],
  ...['.mypy_cache', '.pytest_cache', '.ruff_cache', '.ipynb_checkpoints'],
]

/** What installers put packages into; it may lie below Python's own modules, and is an entry by itself then. */
const packageFolders = ['site-packages', 'dist-packages']

/** Some seconds of reading. */
const muchBytes = 512 << 20

/**
 * Digests an entry of Python’s path: a folder, or one file. Only what moved since the last time is read.
 * Every file of a folder counts, also of a project that is installed in editable form: a module can read what lies
 * beside it. Virtual environments that lie in it do not, and neither does bytecode: it comes and goes with whoever
 * starts Python first.
 *
 * @returns undefined where there is no such entry
 */
export async function digestPathEntry(
  root: string,
  { home, readOnly, onMuch }: Keeping,
): Promise<PathEntry | undefined> {
  const tree = await listPathEntry(root).catch(absent)
  if (!tree) return undefined
  const snapshot = { before: tree, again: () => listPathEntry(root) }
  const file = join(home, 'given', `${nameOf(root)}.files`)
  const head = await readHead(file)
  if (head?.tree === tree.digest) return { content: head.content, snapshot }
  const before = await readRecord(file)
  const counted = { ...tree, entries: outsideEnvironments(tree.entries) }
  const bytes = [...counted.entries]
    .filter(([path, lies]) => before?.files.get(path)?.stat !== lies)
    .reduce((sum, [, lies]) => sum + bytesOf(lies), 0)
  if (bytes > muchBytes) onMuch(root, bytes)
  const record = await recordOf(counted, before)
  if (!readOnly) {
    // Where it cannot be written, the next run reads again.
    await mkdir(dirname(file), { recursive: true })
      .then(() => writeRecord(file, record))
      .catch(() => undefined)
  }
  return { content: record.content, snapshot }
}

/**
 * Looks at a place that Python imports from.
 *
 * @param withBytecode of a folder, what Python has compiled too
 */
export async function listPathEntry(root: string, withBytecode = false): Promise<Tree> {
  const names = withBytecode ? skipped : [bytecode, ...skipped]
  return (await stat(root)).isDirectory()
    ? listWithTargets(root, [...names, ...packageFolders.map((name) => `/${name}`)])
    : listFile(root)
}

/** Whether a folder is named as one that installers put packages into. */
export function holdsPackages(folder: string): boolean {
  return packageFolders.includes(basename(folder))
}

/** A record made by another rule of what counts is not taken for one of this rule. */
function nameOf(root: string): string {
  return createHash('sha256').update(`every file of ${root}`).digest('hex').slice(0, 32)
}

/** Without what lies in virtual environments. */
export function outsideEnvironments(entries: Tree['entries']): Tree['entries'] {
  const environments = new Set(
    [...entries.keys()].filter((path) => basename(path) === 'pyvenv.cfg').map((path) => dirname(path)),
  )
  const inside = (path: string) =>
    foldersAbove(path).some((folder) => folder !== '.' && environments.has(folder))
  return environments.size === 0 ? entries : new Map([...entries].filter(([path]) => !inside(path)))
}

/** `a/b/c.py` lies in `a/b`, `a` and `.`. */
function foldersAbove(path: string): string[] {
  const above = dirname(path)
  return above === '.' ? ['.'] : [above, ...foldersAbove(above)]
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}
