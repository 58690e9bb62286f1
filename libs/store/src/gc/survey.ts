import { existsSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { scan } from '../artifact/scan'
import type { Layout } from '../home'
import { folderOfIndex } from '../integrity/index-file'
import { lastUse } from '../runs/last-use'
import { listRuns, storedKeys } from '../runs/runs'
import { outputKeys } from '../runs/workspaces'
import type { Candidate, Pinned } from './candidate'
import { environmentCandidate, listEnvironments } from './environments'

/** A store, seen by garbage collection. */
export interface Survey {
  candidates: Candidate[]
  pinned: Pinned[]
}

/** Some things are used or made by those who hold no lock on them: what was used within a day stays. */
const grace = 24 * 3600 * 1000
const digest = /^[0-9a-f]{64}$/

/** Lists all that could go, and what must not: named runs, what stands in a dist/, what was used within a day. */
export async function survey(layout: Layout, now: number): Promise<Survey> {
  const result: Survey = { candidates: [], pinned: [] }
  const add = (candidate: Candidate, because?: string) => {
    if (because === undefined) result.candidates.push(candidate)
    else result.pinned.push({ ...candidate, because })
  }
  const runs = await listRuns(layout)
  // Afterwards: what is put in place later is noted as used later than these were.
  const outputs = await outputKeys(layout)
  for (const run of runs) {
    const { key, directory, bytes, used, labels } = run
    const where = outputs.get(key)
    const name = labels.name === undefined ? undefined : `it is named ${labels.name}`
    add({ kind: 'artifact', key, path: directory, bytes, used }, where ? `it stands in ${where}` : name)
  }
  for (const candidate of await unreadable(layout, [...result.candidates, ...result.pinned])) add(candidate)
  const unlocked = [...(await downloads(layout)), ...(await inputs(layout)), ...(await halfCapsules(layout))]
  for (const candidate of unlocked) {
    add(candidate, now - candidate.used < grace ? 'it was used within a day' : undefined)
  }
  for (const name of await names(layout.capsules)) {
    if (!digest.test(name)) continue
    const capsule = await folder('capsule', join(layout.capsules, name), name)
    add({ ...capsule, used: Math.max(capsule.used, lastUse(layout, name) ?? 0) })
  }
  for (const name of await names(layout.work)) {
    if (/^[0-9a-f]{64}(-fresh)?$/.test(name)) add(await folder('work', join(layout.work, name), name))
  }
  for (const environment of await listEnvironments(layout)) add(environmentCandidate(environment))
  for (const name of await names(layout.broken)) add(await folder('broken', join(layout.broken, name)))
  for (const name of await names(layout.staging)) {
    add(await folder('staging', join(layout.staging, name), name.slice(0, 64)))
  }
  for (const name of await names(layout.trash)) add(await folder('trash', join(layout.trash, name)))
  for (const candidate of await staleIndices(layout)) add(candidate)
  return result
}

/** Artifact folders that are no runs: look-ups would set them aside. */
async function unreadable(layout: Layout, known: readonly Candidate[]): Promise<Candidate[]> {
  const readable = new Set(known.map(({ key }) => key))
  const keys = (await storedKeys(layout)).filter((key) => !readable.has(key))
  const found = await Promise.all(keys.map((key) => folder('artifact', layout.artifact(key), key)))
  return found.map((one) => ({ ...one, used: Math.max(one.used, lastUse(layout, one.key ?? '') ?? 0) }))
}

async function downloads(layout: Layout): Promise<Candidate[]> {
  const found = await names(layout.downloads)
  return found.flatMap((name) => {
    const key = /^([0-9a-f]{64})(\.part)?$/.exec(name)?.[1]
    const stats = statSync(join(layout.downloads, name), { throwIfNoEntry: false })
    if (key === undefined || !stats) return []
    const used = Math.max(stats.mtimeMs, lastUse(layout, key) ?? 0)
    return [{ kind: 'download' as const, key, path: join(layout.downloads, name), bytes: stats.size, used }]
  })
}

/** Copies of declared inputs, whole or half made. */
async function inputs(layout: Layout): Promise<Candidate[]> {
  return Promise.all(
    (await names(layout.inputs)).map(async (name) => {
      const key = digest.test(name) ? name : undefined
      const input = await folder('input', join(layout.inputs, name), key)
      return { ...input, used: Math.max(input.used, lastUse(layout, name) ?? 0) }
    }),
  )
}

/** What was left of capsules when their makers were killed. */
async function halfCapsules(layout: Layout): Promise<Candidate[]> {
  const half = (await names(layout.capsules)).filter((name) => !digest.test(name))
  return Promise.all(half.map((name) => folder('capsule', join(layout.capsules, name))))
}

/** Of anything but an artifact the newest file shows when it was last used. */
async function folder(kind: Candidate['kind'], path: string, key?: string): Promise<Candidate> {
  const stats = statSync(path, { throwIfNoEntry: false })
  const { files } = stats?.isDirectory() ? await scan(path).catch(() => ({ files: [] })) : { files: [] }
  const bytes = files.reduce((sum, file) => sum + file.stats.size, stats?.isFile() ? stats.size : 0)
  const used = files.reduce((latest, file) => Math.max(latest, file.stats.mtimeMs), stats?.mtimeMs ?? 0)
  return { kind, path, bytes, used, ...(key === undefined ? {} : { key }) }
}

/** Indices of folders that are gone; a torn one too. */
async function staleIndices(layout: Layout): Promise<Candidate[]> {
  const found = await names(layout.index)
  return found.flatMap((name) => {
    const path = join(layout.index, name)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats || isCurrent(path)) return []
    return [{ kind: 'index' as const, path, bytes: stats.size, used: stats.mtimeMs }]
  })
}

function isCurrent(file: string): boolean {
  try {
    return existsSync(folderOfIndex(file))
  } catch {
    return false
  }
}

async function names(path: string): Promise<string[]> {
  return (await readdir(path).catch(() => [])).filter((name) => !name.startsWith('.'))
}
