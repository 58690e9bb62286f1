import { createHash } from 'node:crypto'
import { open, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hashFile, type Replacing, replaceFile } from '@blacksmith/config/header'
import { z } from 'zod'
import { isSettled, type Tree } from './tree'

/** What a record says in its first line. */
const head = z.object({
  /** The digest of the tree that it is a record of; not there while a file is too young to be known by its times. */
  tree: z.string().optional(),
  /** Of what all files hold and how they are called, wherever they lie. */
  content: z.string(),
})

/** Path, how it lay (empty while it is too young), and what it held. */
const files = z.array(z.tuple([z.string(), z.string(), z.string()]))

type Head = z.infer<typeof head>

/** What each file of a tree held when it was last read. */
export interface TreeRecord extends Head {
  files: ReadonlyMap<string, { stat: string; content: string }>
}

/** So many files are read at a time. */
const readers = 8

/** Reads a tree's files: all of them, or those that moved since an earlier record was made. */
export async function recordOf(tree: Tree, before?: TreeRecord): Promise<TreeRecord> {
  const now = Date.now()
  const known = new Map<string, { stat: string; content: string }>()
  const unread: [string, string][] = []
  for (const [path, stat] of tree.entries) {
    const earlier = before?.files.get(path)
    // Set at once, so that the order is the tree's.
    known.set(path, earlier ?? { stat: '', content: '' })
    if (earlier?.stat !== stat) unread.push([path, stat])
  }
  const reader = async () => {
    for (let next = unread.pop(); next; next = unread.pop()) {
      const [path, stat] = next
      const content = await contentOf(join(tree.folder, path), stat)
      known.set(path, { stat: isSettled(stat, now) ? stat : '', content })
    }
  }
  await Promise.all(Array.from({ length: readers }, reader))
  const settled = [...known.values()].every(({ stat }) => stat !== '')
  return { ...(settled ? { tree: tree.digest } : {}), content: digestOf(known), files: known }
}

/** The first line of a record; undefined where there is none that can be read. */
export async function readHead(file: string): Promise<Head | undefined> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return undefined
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0)
    return head.safeParse(parsed(buffer.toString('utf8', 0, bytesRead).split('\n')[0])).data
  } finally {
    await handle.close()
  }
}

/** A whole record; undefined where there is none that can be read. */
export async function readRecord(file: string): Promise<TreeRecord | undefined> {
  const [first, rest] = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const { data: found } = head.safeParse(parsed(first))
  const { data: rows } = files.safeParse(parsed(rest))
  if (!found || !rows) return undefined
  return { ...found, files: new Map(rows.map(([path, stat, content]) => [path, { stat, content }])) }
}

/** Replaces a record whole: where it is lost, all is read again. */
export async function writeRecord(
  file: string,
  { files: known, ...first }: TreeRecord,
  o: Pick<Replacing, 'partial'> = {},
): Promise<void> {
  const rows = [...known].map(([path, { stat, content }]) => [path, stat, content])
  const content = `${JSON.stringify(first)}\n${JSON.stringify(rows)}\n`
  await replaceFile(file, content, { durable: false, ...o })
}

function digestOf(known: TreeRecord['files']): string {
  const hash = createHash('sha256')
  for (const path of [...known.keys()].sort()) hash.update(`${path}\0${known.get(path)?.content}\0`)
  return hash.digest('hex')
}

/** The SHA-256 of a file, where a link leads to; a word for what is gone, or is neither. */
async function contentOf(path: string, stat: string): Promise<string> {
  try {
    if (stat.startsWith('l ')) return `-> ${await readlink(path)}`
    return stat.startsWith('f ') ? await hashFile(path) : 'neither file nor link'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone'
    throw error
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
