import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hint } from '../errors/nearest'
import { isUserError, type Problem, UserError } from '../errors/user-error'
import type { Header } from '../header/header'
import type { Placement } from '../header/place'
import { canonicalJson, type Json } from '../json/canonical-json'
import type { ExperimentStructure } from '../structure/define-experiment'
import { loadStructure } from '../structure/load-structure'
import { roleAt } from '../structure/walk'
import { workspaceLayout } from '../workspace/layout'
import { type Entry, locate, type Mapping, type Tree, treeAt } from '../yaml/tree'
import { blame } from './blame'
import { check, distinct } from './check'
import { joinFragments } from './join-fragments'
import { locateOwnData } from './locate-own-data'
import { originOf } from './origin-of'
import { overlay } from './overlay'
import { parseFlag } from './parse-flag'
import { checkConfiguration, readLayers } from './read-layers'
import { type ConfigValues, type JsonObject, leaves, type ResolvedConfig } from './resolved-config'
import { unmeetable } from './unmeetable'

export interface ResolveOptions {
  workspaceRoot: string
  header: Header
  placement: Placement
  /** The name of a configs/*.yaml; none, or `default`, for the experiment as it stands. */
  configuration?: string | undefined
  /** `a.b=value` of each --set flag, as Nx hands them over. */
  set: readonly string[]
}

/**
 * Resolves the parameters of a run: schema defaults < experiment.yaml < devices/<kind>.yaml <
 * configs/<configuration>.yaml < --set.
 *
 * @throws UserError with all problems of all files and flags at once.
 */
export async function resolveConfig(options: ResolveOptions): Promise<ResolvedConfig> {
  const { workspaceRoot, header, placement } = options
  const configuration = checkConfiguration(header, options.configuration)
  const problems: Problem[] = []
  const { base, overlays } = readLayers(workspaceRoot, header, placement, configuration, problems)
  problems.push(...missingFolders(workspaceRoot, header, base))
  const structure = load(workspaceRoot, header, problems)
  const flags = joinFragments(options.set).flatMap((text) => {
    const { tree, problem } = parseFlag(text, structure.schema)
    if (problem !== undefined) problems.push(problem)
    return tree === undefined ? [] : [tree]
  })
  const layers = [...(base === undefined ? [] : [base]), ...overlays, ...flags]
  // Each layer by itself first: a value that a later layer hides may be wrong as well.
  for (const layer of layers) problems.push(...check(structure.overlay, layer).problems, ...unmeetable(layer))
  if (base === undefined) throw new UserError(distinct(problems))
  const whole = [withSections(base, structure), ...overlays, ...flags] as const
  const mergedOf = (count: number) => whole.slice(1, count).reduce<Mapping>(overlay, whole[0])
  const merged = mergedOf(whole.length)
  const checked = check(structure.schema, merged)
  const problemsOf = (count: number) => {
    const some = mergedOf(count)
    return [...check(structure.schema, some).problems, ...unmeetable(some)]
  }
  problems.push(...blame([...checked.problems, ...unmeetable(merged)], whole, problemsOf))
  if (problems.length > 0) throw new UserError(distinct(problems))
  const values = plain(checked.value, header)
  const config = describeOrigins(values, merged, structure)
  locateOwnData(config, merged)
  return config
}

/** What is wrong in the files shows together with a config.ts that does not load. */
function load(workspaceRoot: string, header: Header, problems: Problem[]): ExperimentStructure {
  try {
    return loadStructure(workspaceRoot, header.directory)
  } catch (error) {
    if (!isUserError(error) || problems.length === 0) throw error
    throw new UserError(distinct([...problems, ...error.problems]), { cause: error })
  }
}

function missingFolders(workspaceRoot: string, header: Header, base: Mapping | undefined): Problem[] {
  return [
    ...missingFolder(workspaceRoot, 'datasets', 'dataset', base),
    ...missingFolder(workspaceRoot, `models/${header.framework}`, 'model', base),
  ]
}

function missingFolder(
  workspaceRoot: string,
  inside: string,
  section: string,
  base: Mapping | undefined,
): Problem[] {
  const name = base && treeAt(base, [section, 'name'])?.value
  if (name?.kind !== 'scalar' || typeof name.value !== 'string') return []
  const { value } = name
  const searched = workspaceLayout(workspaceRoot).packages.map(({ folder }) => `${folder}/${inside}`)
  const parents = searched.filter((parent) => existsSync(join(workspaceRoot, parent)))
  if (parents.length === 0 || parents.some((parent) => existsSync(join(workspaceRoot, parent, value))))
    return []
  const there = parents.flatMap((parent) =>
    readdirSync(join(workspaceRoot, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name))
      .map((entry) => entry.name),
  )
  const message = `there is no ${section} ${value} in ${searched.join(' or ')}`
  return [{ ...locate(name.at), field: `${section}.name`, message, remedy: hint(value, there, 'there') }]
}

/** A section that no file mentions consists of defaults. */
function withSections(base: Mapping, structure: ExperimentStructure): Mapping {
  const entries = new Map<string, Entry>(base.entries)
  for (const section of structure.sections) {
    const empty: Tree = { kind: 'mapping', entries: new Map(), at: base.at }
    if (!entries.has(section)) entries.set(section, { key: base.at, value: empty })
  }
  return { ...base, entries }
}

/** Only JSON leaves us: an optional key without a value is absent, and what a structure may not make is a bug. */
function plain(value: unknown, header: Header): JsonObject {
  const values = dropUndefined(value) as JsonObject
  try {
    canonicalJson(values)
  } catch (error) {
    const file = `${header.directory}/config.ts`
    const message = `makes a value that is not JSON: ${(error as Error).message}`
    throw new UserError({ file, message, remedy: 'use no transformation that leaves JSON' }, { cause: error })
  }
  return values
}

function dropUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropUndefined)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  const present = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(present.map(([key, member]) => [key, dropUndefined(member)]))
}

function describeOrigins(
  values: JsonObject,
  merged: Mapping,
  structure: ExperimentStructure,
): ResolvedConfig {
  const origins: ResolvedConfig['origins'] = {}
  const roles: ResolvedConfig['roles'] = {}
  for (const [path] of leaves(values)) {
    const dotted = path.join('.')
    origins[dotted] = originOf(treeAt(merged, path))
    roles[dotted] = roleAt(structure.schema, path)
  }
  return { values: values as Json as unknown as ConfigValues, origins, roles }
}
