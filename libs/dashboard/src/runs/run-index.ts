import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inParallel } from '../in-parallel'
import { type RunSummary, readRunSummary } from './run-summary'

const key = /^[0-9a-f]{64}$/
const shard = /^[0-9a-f]{2}$/

/**
 * All runs of a store, in memory. An artifact never changes, so each is read once; a folder of artifacts is looked
 * into again only when it changed.
 */
export class RunIndex {
  private readonly runs = new Map<string, RunSummary>()
  private readonly seen = new Map<string, { changed: number; keys: Set<string> }>()
  private refreshing: Promise<boolean> | undefined
  /** Whether everything has been read once. */
  complete = false

  constructor(private readonly artifacts: string) {}

  all(): Iterable<RunSummary> {
    return this.runs.values()
  }

  get size(): number {
    return this.runs.size
  }

  get(runKey: string): RunSummary | undefined {
    return this.runs.get(runKey)
  }

  directory(runKey: string): string {
    if (!key.test(runKey)) throw new RangeError('not a key')
    return join(this.artifacts, runKey.slice(0, 2), runKey)
  }

  /** The youngest training that made the model of an evaluation. */
  trainingOf(run: RunSummary): RunSummary | undefined {
    if (run.target !== 'evaluate' || run.model === undefined) return undefined
    const made = [...this.runs.values()].filter((each) => each.target === 'train' && each.model === run.model)
    return made.sort((a, b) => b.started.localeCompare(a.started))[0]
  }

  /** Takes up what is new and forgets what is gone; true when anything changed. */
  refresh(onProgress: () => void = () => undefined): Promise<boolean> {
    this.refreshing ??= this.read(onProgress).finally(() => {
      this.refreshing = undefined
    })
    return this.refreshing
  }

  private async read(onProgress: () => void): Promise<boolean> {
    let changed = false
    const queue: { runKey: string; keys: Set<string> }[] = []
    // A folder that is gone, with all the runs that were in it, is looked at once more.
    for (const name of new Set([...(await folders(this.artifacts, shard)), ...this.seen.keys()])) {
      const folder = join(this.artifacts, name)
      const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: 0 }))
      const before = this.seen.get(name)
      if (before?.changed === mtimeMs) continue
      const present = new Set(await folders(folder, key))
      const keys = new Set([...(before?.keys ?? [])].filter((each) => present.has(each)))
      for (const gone of before?.keys ?? [])
        if (!present.has(gone)) changed = this.runs.delete(gone) || changed
      for (const runKey of present) if (!keys.has(runKey)) queue.push({ runKey, keys })
      this.seen.set(name, { changed: mtimeMs, keys })
    }
    await inParallel(queue, async ({ runKey, keys }) => {
      const summary = await readRunSummary(this.directory(runKey), runKey)
      keys.add(runKey)
      if (summary === undefined) return
      this.runs.set(runKey, summary)
      changed = true
      if (this.runs.size % 500 === 0) onProgress()
    })
    this.complete = true
    return changed
  }
}

/** Names of the folders in a folder; a link is none of them, wherever it leads. */
async function folders(parent: string, name: RegExp): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory() && name.test(entry.name)).map((entry) => entry.name)
}
