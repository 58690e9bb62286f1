import { hint } from '../errors/nearest'
import { isUserError, type Problem, UserError } from '../errors/user-error'
import type { Header } from '../header/header'
import { headerKeys, readHeaderFields } from '../header/header-fields'
import type { Placement } from '../header/place'
import { readMapping } from '../header/read-header'
import { parseYaml } from '../yaml/parse-yaml'
import { readText } from '../yaml/read-text'
import { type Entry, locate, type Mapping, type Position, treeAt } from '../yaml/tree'

/** The files that a config is made of, in order of precedence; without those that do not parse. */
export interface Layers {
  /** The parameters of experiment.yaml; undefined when it does not parse. */
  base: Mapping | undefined
  overlays: Mapping[]
}

/** Reads experiment.yaml and the overlays of a run. What is wrong with one of them goes to `problems`. */
export function readLayers(
  workspaceRoot: string,
  header: Header,
  placement: Placement,
  configuration: string | undefined,
  problems: Problem[],
): Layers {
  const whole = collect(problems, () => readMapping(workspaceRoot, `${header.directory}/experiment.yaml`))
  if (whole !== undefined) readHeaderFields(whole, problems)
  const files = [
    ...(header.deviceOverlays.includes(placement.kind) ? [`devices/${placement.kind}.yaml`] : []),
    ...(configuration === undefined ? [] : [`configs/${configuration}.yaml`]),
  ]
  const overlays = files.flatMap((file) => {
    const tree = collect(problems, () => readOverlay(workspaceRoot, `${header.directory}/${file}`))
    return tree === undefined ? [] : [withoutHeader(tree, whole, problems)]
  })
  return { base: whole && parametersOf(whole), overlays }
}

/** @throws UserError when the experiment has no such configuration. */
export function checkConfiguration(header: Header, configuration: string | undefined): string | undefined {
  if (configuration === undefined || configuration === 'default') return undefined
  if (header.configurations.includes(configuration)) return configuration
  throw new UserError({
    file: `${header.directory}/configs`,
    message: `${header.project} has no configuration ${configuration}`,
    remedy:
      header.configurations.length === 0
        ? `it has none; write ${header.directory}/configs/${configuration}.yaml to make it`
        : hint(configuration, header.configurations),
  })
}

function collect<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!isUserError(error)) throw error
    problems.push(...error.problems)
    return undefined
  }
}

/** An overlay may be empty: everything in it may be commented out for a while. */
function readOverlay(workspaceRoot: string, file: string): Mapping {
  const source = readText(workspaceRoot, file)
  const tree = parseYaml(source)
  if (tree?.kind === 'mapping') return tree
  if (tree === undefined || (tree.kind === 'scalar' && tree.value === null)) {
    return { kind: 'mapping', entries: new Map(), at: { source, offset: 0 } }
  }
  return readMapping(workspaceRoot, file)
}

function parametersOf(whole: Mapping): Mapping {
  const isParameter = (key: string) => !headerKeys.some((one) => one === key)
  return { ...whole, entries: new Map([...whole.entries].filter(([key]) => isParameter(key))) }
}

function withoutHeader(tree: Mapping, base: Mapping | undefined, problems: Problem[]): Mapping {
  const refuse = (at: Position, field: string) => {
    const message = 'may not stand in an overlay: it says what the experiment is'
    problems.push({
      ...locate(at),
      field,
      message,
      remedy: 'remove it here; it is changed in experiment.yaml',
    })
  }
  for (const key of headerKeys) {
    const entry = tree.entries.get(key)
    if (entry !== undefined) refuse(entry.key, key)
  }
  const entries = new Map<string, Entry>(parametersOf(tree).entries)
  for (const section of ['dataset', 'model']) {
    const own = entries.get(section)
    const name = own && treeAt(own.value, ['name'])
    if (own?.value.kind !== 'mapping' || name === undefined) continue
    refuse(name.key, `${section}.name`)
    const fixed = base && treeAt(base, [section, 'name'])
    const rest = new Map(own.value.entries)
    if (fixed === undefined) rest.delete('name')
    else rest.set('name', fixed)
    entries.set(section, { ...own, value: { ...own.value, entries: rest } })
  }
  return { ...tree, entries }
}
