import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { type Artifact, inspectArtifact } from '../artifact/artifact'
import { hold } from '../disk/in-use'
import type { Layout } from '../home'
import type { Target } from '../key/key'
import { type Labels, readLabels, writeLabels } from './labels'
import { lastUse, noteUse } from './last-use'
import { keysOfLineage } from './lineages'

/** A stored artifact as people see it. */
export interface StoredRun extends Artifact {
  id: string
  labels: Labels
  /** Of all its files and records. */
  bytes: number
  /** ms since the epoch: the last look-up or, before any, when it was finished. */
  used: number
}

/** What is asked for; every field that is there must fit. */
export interface RunFilter {
  project?: string
  target?: Target
  configuration?: string
  tag?: string
  name?: string
  lineage?: string
  /** One of these. */
  keys?: ReadonlySet<string>
  /** Finished at this time or later. */
  since?: Date
}

const atOnce = 16

/** The runs that fit, the newest first. What cannot be read is no run; `verifyStore` reports it. */
export async function listRuns(layout: Layout, filter: RunFilter = {}): Promise<StoredRun[]> {
  const stored = await storedKeys(layout)
  const { lineage, keys } = filter
  const related = lineage === undefined ? stored : await keysOfLineage(layout, lineage, stored)
  const pending = keys === undefined ? related : related.filter((key) => keys.has(key))
  const runs: StoredRun[] = []
  const worker = async () => {
    for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
      const run = await readRun(layout, key)
      if (run && fits(run, filter)) runs.push(run)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return runs.sort((a, b) => finished(b) - finished(a) || (a.key < b.key ? -1 : 1))
}

/**
 * The one run that a person means: by name, or by the beginning of its id or key.
 *
 * @throws UserError when there is none, or more than one
 */
export async function findRun(layout: Layout, reference: string): Promise<StoredRun> {
  const runs = await listRuns(layout)
  const named = runs.filter((run) => run.labels.name === reference)
  const matching =
    named.length > 0 ? named : runs.filter((run) => run.key.startsWith(reference.toLowerCase()))
  const [run, ...others] = matching
  if (run && others.length === 0) return run
  if (!run) {
    const remedy = '`npx blacksmith runs` lists all'
    throw new UserError({ message: `there is no run ${JSON.stringify(reference)} in ${layout.home}`, remedy })
  }
  const ids = matching.map(({ key }) => key.slice(0, Math.max(10, reference.length + 4))).join(', ')
  throw new UserError({
    message: `${JSON.stringify(reference)} is the beginning of several runs`,
    remedy: ids,
  })
}

/**
 * Changes a run's name, tags or note.
 *
 * @throws UserError when another run has that name
 */
export async function labelRun(
  layout: Layout,
  run: StoredRun,
  change: (labels: Labels) => Labels,
): Promise<Labels> {
  const held = await hold(layout, run.key, 'shared')
  try {
    return await writeLabels(layout, run.key, async (labels) => {
      const changed = change(labels)
      await refuseTaken(layout, run, changed.name)
      // A collection that took stock while the run had no name must not take it away.
      if (changed.name !== undefined) await noteUse(layout, run.key)
      return changed
    })
  } finally {
    held.close()
  }
}

async function refuseTaken(layout: Layout, run: StoredRun, name: string | undefined): Promise<void> {
  const [other] = name === undefined ? [] : await listRuns(layout, { name })
  if (!other || other.key === run.key) return
  const remedy = 'choose another name, or take it from that run first'
  throw new UserError({ field: 'name', message: `the run ${other.id} is called ${name}`, remedy })
}

/** The keys of all artifact folders, whatever is in them. */
export async function storedKeys(layout: Layout): Promise<string[]> {
  const folders = await readdir(layout.artifacts).catch(() => [])
  const below = await Promise.all(
    folders.map((name) => readdir(join(layout.artifacts, name)).catch(() => [])),
  )
  return below.flat().filter((name) => /^[0-9a-f]{64}$/.test(name))
}

async function readRun(layout: Layout, key: string): Promise<StoredRun | undefined> {
  const directory = layout.artifact(key)
  const reading = await inspectArtifact(directory)
  if (reading.state !== 'read') return undefined
  const { manifest, provenance } = reading
  const bytes = [...manifest.files, ...provenance.records].reduce((sum, file) => sum + file.bytes, 0)
  const used = lastUse(layout, key) ?? Date.parse(provenance.finished)
  return {
    key,
    id: provenance.id,
    directory,
    manifest,
    provenance,
    labels: await readLabels(layout, key),
    bytes,
    used,
  }
}

function fits({ provenance, labels }: StoredRun, filter: RunFilter): boolean {
  const { project, target, configuration, tag, name, lineage, since } = filter
  if (project !== undefined && provenance.project !== project) return false
  if (target !== undefined && provenance.target !== target) return false
  if (configuration !== undefined && provenance.configuration !== configuration) return false
  if (lineage !== undefined && provenance.lineage !== lineage) return false
  if (tag !== undefined && !labels.tags.includes(tag)) return false
  if (name !== undefined && labels.name !== name) return false
  return since === undefined || Date.parse(provenance.finished) >= since.getTime()
}

function finished(run: StoredRun): number {
  return Date.parse(run.provenance.finished)
}
