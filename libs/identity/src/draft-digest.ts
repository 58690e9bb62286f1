import { resolve } from 'node:path'
import {
  canonicalJson,
  type Header,
  isUserError,
  type Json,
  ownDataPaths,
  readHeader,
  readVersion,
  setting,
} from '@blacksmith/config/header'
import { givenEnvironment } from '@blacksmith/environments/given-environment'
import type { Target } from '@blacksmith/store'
import type { Layout } from '@blacksmith/store/home'
import { digestTree, IntegrityIndex, sha256 } from '@blacksmith/store/integrity'
import { ownIn, producers } from './entry'
import { beyondPins, type EnvironmentReading, pinsOf } from './environments'
import type { ImportReader } from './imports/import-reader'
import { inputDigests, type Material, readMaterial } from './material'
import { readSettings, readSourceLists, type Settings } from './settings'

/** What a draft is made of, besides what is read where it is used. */
export interface Parts {
  settings: Settings
  material: Material
  /** Digests of a person's own data, or weights. */
  own: Json
  /** What the interpreter is that it runs in: the one behind BLACKSMITH_PYTHON, or that of an environment. */
  interpreter: Json
  upstream: readonly string[]
}

/**
 * The digest of all that shapes a target's result before anything has run: it stands in Nx's hash, so that Nx never
 * answers where the store would not. It is coarser than a key: whichever configuration and kind of device is asked
 * for, it holds all of them, and it holds the drafts of what the target reads. What flags add is not in it; with flags
 * Nx is not asked.
 *
 * @param upstream draft digests of the targets whose artifacts this one reads
 */
export function draftDigest(
  workspaceRoot: string,
  target: Target,
  header: Header,
  { settings, material, own, interpreter, upstream }: Parts,
): string {
  const { code, variables } = material
  return sha256(
    canonicalJson({
      version: readVersion(),
      target,
      settings: settings.digests,
      code: code.digests,
      inputs: inputDigests(material),
      variables,
      pins: pinsOf(workspaceRoot, target, header),
      interpreter,
      upstream: [...upstream],
      box: isBoxed() ? 'closed' : 'open',
      own,
      ...(target === 'prepare-data' ? { sources: readSourceLists(workspaceRoot, header.dataset) } : {}),
    }),
  )
}

/** Whether a run is held to what its key names; switched off, its result is not that of a run that is. */
export function isBoxed(env: NodeJS.ProcessEnv = process.env): boolean {
  return setting('BLACKSMITH_BOX', env) === 'on'
}

/** What several drafts have in common. */
export interface DraftReading {
  layout: Layout
  /** One moment's view of the workspace's Python. */
  reader: ImportReader
  given: Json
  /** Drafts that have been read: a preparation's is in those of all that follows it. */
  known: Map<string, string>
  environments: Omit<EnvironmentReading, 'home'>
}

/** The draft digest as the workspace stands now; where something cannot be read, a digest of the reason. */
export async function currentDraftDigest(
  workspaceRoot: string,
  directory: string,
  target: Target,
  reading: DraftReading,
): Promise<string> {
  const name = `${directory}:${target}`
  const digest = reading.known.get(name) ?? (await readDraft(workspaceRoot, directory, target, reading))
  reading.known.set(name, digest)
  return digest
}

async function readDraft(
  workspaceRoot: string,
  directory: string,
  target: Target,
  reading: DraftReading,
): Promise<string> {
  try {
    const { layout, reader } = reading
    const header = readHeader(workspaceRoot, `${directory}/experiment.yaml`)
    const settings = readSettings(workspaceRoot, directory)
    const material = await readMaterial(workspaceRoot, target, header, layout, { keep: true, reader })
    const own = await ownDigests(workspaceRoot, target, header, layout)
    const interpreter = await interpreterOf(workspaceRoot, target, header, reading)
    const upstream = await upstreamDrafts(workspaceRoot, directory, target, reading)
    const parts = { settings, material, own, interpreter, upstream }
    return draftDigest(workspaceRoot, target, header, parts)
  } catch (error) {
    // One experiment that cannot be read must not stop the others. Its own target meets the same error and reports it,
    // and Nx keeps no failure.
    return sha256(String(error))
  }
}

/** What the interpreter is that a target runs in, as it is known before a run. */
export async function interpreterOf(
  workspaceRoot: string,
  target: Target,
  header: Header,
  { layout, given, environments }: DraftReading,
): Promise<Json> {
  return given ?? beyondPins(workspaceRoot, target, header, { home: layout.home, ...environments })
}

/** The drafts of the targets whose artifacts a target reads. */
export async function upstreamDrafts(
  workspaceRoot: string,
  directory: string,
  target: Target,
  reading: DraftReading,
): Promise<string[]> {
  const drafts: string[] = []
  for (const producer of producers[target]) {
    drafts.push(await currentDraftDigest(workspaceRoot, directory, producer, reading))
  }
  return drafts
}

/**
 * What the interpreter is that BLACKSMITH_PYTHON names, by all that it imports; null without one.
 *
 * @param o.anew where this process may have asked it long ago
 */
export async function givenDigest(layout: Layout, o: { anew: boolean }): Promise<Json> {
  const python = setting('BLACKSMITH_PYTHON')
  if (!python) return null
  try {
    const environment = await givenEnvironment('given', python, { home: layout.home, ...o })
    const { pythonVersion, packages, content } = environment
    return { python: pythonVersion, packages, content: content ?? null }
  } catch (error) {
    if (isUserError(error)) return error.message
    throw error
  }
}

/** Digests of what the experiment's files name as a person's own, whichever of them a run will use. */
export async function ownDigests(
  workspaceRoot: string,
  target: Target,
  { directory }: Header,
  layout: Layout,
): Promise<Json> {
  const digests: Record<string, Json> = {}
  for (const path of ownDataPaths(workspaceRoot, directory, ownIn[target])) {
    digests[path] = await digestTree(resolve(workspaceRoot, path), new IntegrityIndex(layout.index)).catch(
      (error) => String(error),
    )
  }
  return digests
}
