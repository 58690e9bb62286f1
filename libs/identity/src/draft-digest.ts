import { resolve } from 'node:path'
import {
  canonicalJson,
  type DeviceKind,
  type Header,
  isUserError,
  type Json,
  ownDataPaths,
  readHeader,
  readVersion,
} from '@blacksmith/config/header'
import type { Target } from '@blacksmith/store'
import type { Layout } from '@blacksmith/store/home'
import { digestTree, IntegrityIndex, sha256 } from '@blacksmith/store/integrity'
import { frameworkEnvironment, preparationEnvironment } from '@blacksmith/trainer/environment-name'
import { givenEnvironment } from '@blacksmith/trainer/given-environment'
import type { ImportReader } from '@blacksmith/trainer/imports'
import { readRequirements } from '@blacksmith/trainer/requirements'
import { inputDigests, type Material, readMaterial } from './material'
import { readSettings, readSourceLists, type Settings } from './settings'

/** What a draft is made of, besides what is read where it is used. */
export interface Parts {
  settings: Settings
  material: Material
  /** Digests of a person's own data. */
  own: Json
  /** What the interpreter behind BLACKSMITH_PYTHON is; null without one. */
  given: Json
}

/**
 * The digest of all that shapes a target's result before anything has run: it stands in Nx's hash, so that Nx never
 * answers where the store would not. It is coarser than a key: whichever configuration and kind of device is asked
 * for, it holds all of them. What flags add is not in it; with flags Nx is not asked.
 */
export function draftDigest(
  workspaceRoot: string,
  target: Target,
  header: Header,
  { settings, material, own, given }: Parts,
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
      given,
      ...(target === 'prepare-data' ? { own, sources: readSourceLists(workspaceRoot, header.dataset) } : {}),
    }),
  )
}

/** The draft digest as the workspace stands now; where something cannot be read, a digest of the reason. */
export async function currentDraftDigest(
  workspaceRoot: string,
  directory: string,
  target: Target,
  { layout, reader, given }: { layout: Layout; reader: ImportReader; given: Json },
): Promise<string> {
  try {
    const header = readHeader(workspaceRoot, `${directory}/experiment.yaml`)
    const settings = readSettings(workspaceRoot, directory)
    const material = await readMaterial(workspaceRoot, target, header, layout, { keep: true, reader })
    const own = await ownDigests(workspaceRoot, target, header, layout)
    return draftDigest(workspaceRoot, target, header, { settings, material, own, given })
  } catch (error) {
    // One experiment that cannot be read must not stop the others. Its own target meets the same error and tells it,
    // and Nx keeps no failure.
    return sha256(String(error))
  }
}

/**
 * What the interpreter is that BLACKSMITH_PYTHON names, by all that it imports; null without one.
 *
 * @param o.anew where this process may have asked it long ago
 */
export async function givenDigest(layout: Layout, o: { anew: boolean }): Promise<Json> {
  const { BLACKSMITH_PYTHON: python } = process.env
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

/** Digests of a person's own data that the experiment's files name, whichever of them a run will use. */
export async function ownDigests(
  workspaceRoot: string,
  target: Target,
  { directory }: Header,
  layout: Layout,
): Promise<Json> {
  if (target !== 'prepare-data') return {}
  const digests: Record<string, Json> = {}
  for (const path of ownDataPaths(workspaceRoot, directory)) {
    digests[path] = await digestTree(resolve(workspaceRoot, path), new IntegrityIndex(layout.index)).catch(
      (error) => String(error),
    )
  }
  return digests
}

function pinsOf(workspaceRoot: string, target: Target, header: Header): Json {
  const names =
    target === 'prepare-data'
      ? [preparationEnvironment(workspaceRoot, header.dataset)]
      : header.devices.map((kind: DeviceKind) => frameworkEnvironment(workspaceRoot, header, kind))
  return Object.fromEntries(names.map((name) => [name, pinsIn(workspaceRoot, name)]))
}

function pinsIn(workspaceRoot: string, name: string): string {
  try {
    return readRequirements(workspaceRoot, name).digest
  } catch (error) {
    if (isUserError(error)) return error.message
    throw error
  }
}
