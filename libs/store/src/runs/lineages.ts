import { readFile } from 'node:fs/promises'
import { replaceFile } from '@blacksmith/config/header'
import { inspectArtifact } from '../artifact/artifact'
import { accessOf } from '../disk/access'
import type { Layout } from '../home'

const format = 1
const atOnce = 16

/** The lineage of each artifact by its key; null for what has none. */
type Lineages = Map<string, string | null>

/**
 * The keys among `stored` whose runs are of a lineage. Which lineage an artifact is of is read once and kept in one
 * file: each training asks, and reads of a thousand artifacts take a second. The file may vanish or be broken at any
 * time; of several that write it one wins, and what it lacks is read again.
 */
export async function keysOfLineage(
  layout: Layout,
  lineage: string,
  stored: readonly string[],
): Promise<string[]> {
  const kept = await readKept(layout.lineages)
  const known: Lineages = new Map()
  const pending = [...stored]
  const worker = async () => {
    for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
      const of = kept.has(key) ? kept.get(key) : await readLineage(layout, key)
      if (of !== undefined) known.set(key, of)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  // Also without what is gone: an artifact that is made again under its key may be of another lineage.
  const same = known.size === kept.size && [...known.keys()].every((key) => kept.has(key))
  if (!same) await keep(layout, known)
  return stored.filter((key) => known.get(key) === lineage)
}

/** Forgets an artifact that is no longer there. */
export async function forgetLineage(layout: Layout, key: string): Promise<void> {
  const kept = await readKept(layout.lineages)
  if (kept.delete(key)) await keep(layout, kept)
}

/** Undefined where the artifact cannot be read: perhaps it can another time. */
async function readLineage(layout: Layout, key: string): Promise<string | null | undefined> {
  const reading = await inspectArtifact(layout.artifact(key))
  return reading.state === 'read' ? (reading.provenance.lineage ?? null) : undefined
}

async function readKept(file: string): Promise<Lineages> {
  try {
    const content = JSON.parse(await readFile(file, 'utf8')) as { format?: number; lineages?: object }
    return new Map(content.format === format ? Object.entries(content.lineages ?? {}) : [])
  } catch {
    return new Map()
  }
}

async function keep({ home, lineages: file }: Layout, lineages: Lineages): Promise<void> {
  const text = JSON.stringify({ format, lineages: Object.fromEntries(lineages) })
  try {
    await replaceFile(file, text, { durable: true, mode: (await accessOf(home)).file })
  } catch {
    // Read-only or full: then each training reads what it does not know.
  }
}
