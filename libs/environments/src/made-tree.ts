import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isBytecode, type Snapshot } from './in-use'
import { listTree, type Tree } from './tree'
import { readHead, readRecord, recordOf, type TreeRecord, writeRecord } from './tree-record'

/** Lies beside the stamp. */
const recordName = 'environment.files'

/** What we write into an environment ourselves. */
const ours = ['environment.json', recordName].flatMap((name) => [`/${name}`, `/${name}.partial`])

/** What an environment is found to be when it is held against the record of its making. */
export type Finding = { snapshot: Snapshot } | { because: string }

/** Notes what each file of an environment holds that was just made. */
export async function recordMade(folder: string): Promise<{ snapshot: Snapshot; record: TreeRecord }> {
  const tree = await listTree(folder, ours)
  const record = await recordOf(tree)
  await writeRecordOf(folder, record)
  return { snapshot: snapshotOf(tree), record }
}

/**
 * An environment all of whose files lie as they did when they were last read: one look at each, off this thread.
 * Undefined where that cannot be told so cheaply.
 */
export async function untouched(folder: string): Promise<Snapshot | undefined> {
  const [head, tree] = await Promise.all([
    readHead(recordIn(folder)),
    listTree(folder, ours).catch(() => undefined),
  ])
  return tree && head?.tree === tree.digest ? snapshotOf(tree) : undefined
}

/**
 * Reads what has moved since the making. A file that only lies otherwise (a backup was put back, rights were
 * changed) is as good as before, and the record is brought up to date. Bytecode that nobody installed is removed:
 * Python leaves it where somebody starts the environment's interpreter by hand, and believes it by its source's
 * size and time.
 *
 * The environment's lock must be held.
 *
 * @returns why it is not what it was made as, by the first file in the order of their names
 */
export async function examine(folder: string): Promise<Finding> {
  const before = await readRecord(recordIn(folder))
  if (!before) return { because: 'was made before its files were recorded' }
  const tree = await withoutStrayBytecode(await listTree(folder, ours), before)
  const now = await recordOf(tree, before)
  const paths = [...new Set([...before.files.keys(), ...now.files.keys()])].sort()
  for (const path of paths) {
    const [then, found] = [before.files.get(path), now.files.get(path)]
    const how = !then ? 'was added' : !found || found.content === 'gone' ? 'is missing' : 'changed'
    if (then?.content !== found?.content) {
      return { because: `is not what it was made as (${path} ${how})` }
    }
  }
  // Where it cannot be written, the next run reads again.
  await writeRecordOf(folder, now).catch(() => undefined)
  return { snapshot: snapshotOf(tree) }
}

async function withoutStrayBytecode(tree: Tree, { files }: TreeRecord): Promise<Tree> {
  const stray = [...tree.entries.keys()].filter((path) => isBytecode(path) && !files.has(path))
  if (stray.length === 0) return tree
  for (const path of stray) await rm(join(tree.folder, path), { force: true })
  return listTree(tree.folder, ours)
}

function snapshotOf(tree: Tree): Snapshot {
  return { before: tree, again: () => listTree(tree.folder, ours) }
}

/** Under its lock, and under a name that is known for ours where it was left half. */
function writeRecordOf(folder: string, record: TreeRecord): Promise<void> {
  return writeRecord(recordIn(folder), record, { partial: `${recordIn(folder)}.partial` })
}

function recordIn(folder: string): string {
  return join(folder, recordName)
}
