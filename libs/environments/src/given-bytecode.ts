import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { lock } from '@blacksmith/native'
import { compileSources } from './compile-sources'
import type { Environment } from './environment'
import { outsideEnvironments } from './given-content'
import { snapshotsOf } from './in-use'
import { isSettled, listTree } from './tree'
import { readRecord, type TreeRecord, writeRecord } from './tree-record'

/** In whose name bytecode is compiled, and who follows it. */
export interface CompilingOptions {
  /** The store's folder. */
  home: string
  signal?: AbortSignal
  /** Called when it takes long. */
  onLine?: (line: string) => void
}

/** What PYTHONPYCACHEPREFIX can name so that no bytecode is found, and all is compiled as it is imported. */
const nowhere = '/dev/null'

/** Of these Python reads much, and a run next to nothing. */
const seldomImported = /(^|\/)(tests?|idlelib|turtledemo)\//

/** Some seconds of compiling. */
const many = 500

/**
 * Compiles what a given interpreter imports, for trainers to read in place of the bytecode that lies beside the
 * sources: that is believed by the size and time of its source, and nobody knows who left it there. Only what moved
 * since the last time is compiled. What is not here is compiled whenever it is imported.
 *
 * @returns for PYTHONPYCACHEPREFIX; undefined for an environment that was made, whose bytecode is in its record
 */
export async function ownBytecode(
  environment: Environment,
  o: CompilingOptions,
): Promise<string | undefined> {
  if (environment.content === undefined) return undefined
  const { python, pythonVersion } = environment
  // One folder for all virtual environments of an installation: they share its standard library.
  const installation = `${pythonVersion} ${python.includes('/') ? await realpath(python) : python}`
  const folder = join(o.home, 'given', `${sha256(installation).slice(0, 32)}.bytecode`)
  try {
    await mkdir(folder, { recursive: true })
    const held = await lock(`${folder}.lock`, 'exclusive', {
      onWait: () => o.onLine?.(`another run compiles what ${python} imports; this one waits`),
      ...(o.signal ? { signal: o.signal } : {}),
    })
    try {
      // To look through a record of thousands of files takes longer than to see that none has moved.
      const lastSeen = `${folder}.${sha256(python).slice(0, 16)}`
      if ((await readFile(lastSeen, 'utf8').catch(() => '')) === (await seen(folder, environment)))
        return await realpath(folder)
      const settled = await bringUpToDate(folder, environment, o)
      if (settled) await writeFile(lastSeen, await seen(folder, environment))
    } finally {
      held.close()
    }
    // As the box will know it.
    return await realpath(folder)
  } catch (error) {
    o.signal?.throwIfAborted()
    // Somebody else's folder, or a full disk: the run is slower to start, and as exact.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return nowhere
  }
}

/** Another text after any change of sources or bytecode. */
async function seen(folder: string, environment: Environment): Promise<string> {
  const sources = snapshotsOf(environment).map(({ before }) => `${before.folder} ${before.digest}`)
  return sha256([...sources, (await listTree(folder)).digest].join('\n'))
}

/** Tells whether each source is old enough to be known by its times. */
async function bringUpToDate(
  folder: string,
  environment: Environment,
  o: CompilingOptions,
): Promise<boolean> {
  const recordFile = `${folder}.files`
  const now = Date.now()
  const [before, { digest }] = await Promise.all([readRecord(recordFile), listTree(folder)])
  const known = new Map(before?.tree === digest ? before.files : [])
  const moved = sourcesOf(environment).filter(([path, stat]) => known.get(path)?.stat !== stat)
  if (moved.length === 0) return true
  if (known.size === 0) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
  }
  // What cannot be compiled any more must not leave what it was before.
  for (const [path] of moved) if (known.has(path)) await removeBytecode(folder, path)
  if (moved.length > many)
    o.onLine?.(`first use of ${environment.python}: ${moved.length} modules are compiled, once for all runs`)
  const paths = moved.map(([path]) => path)
  await compileSources(environment.python, paths, folder, o.signal)
  for (const [path, stat] of moved) known.set(path, { stat: isSettled(stat, now) ? stat : '', content: '' })
  const record: TreeRecord = { tree: (await listTree(folder)).digest, content: '', files: known }
  await writeRecord(recordFile, record)
  return moved.every(([, stat]) => isSettled(stat, now))
}

/** Each source with how it lies. */
function sourcesOf(environment: Environment): [path: string, stat: string][] {
  return snapshotsOf(environment).flatMap(({ before: { folder, entries } }) =>
    [...outsideEnvironments(entries)]
      .filter(([path, stat]) => path.endsWith('.py') && stat.startsWith('f ') && !seldomImported.test(path))
      .map(([path, stat]): [string, string] => [join(folder, path), stat]),
  )
}

async function removeBytecode(folder: string, source: string): Promise<void> {
  const beside = join(folder, dirname(source))
  const stem = `${basename(source, '.py')}.`
  if (!existsSync(beside)) return
  for (const name of await readdir(beside)) if (name.startsWith(stem)) await rm(join(beside, name))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
