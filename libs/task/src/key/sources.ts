import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Json, UserError } from '@blacksmith/config'
import { datasetFolder } from '@blacksmith/config/header'
import {
  digestTree,
  fetchSource,
  readSources,
  type SourceFile,
  Store,
  selectSources,
  storeHome,
} from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import type { Experiment } from '../experiment/experiment'
import { known, type MaybeKnown, unknown } from './maybe-known'

/** What a data set is made from: digests by name. A digest that nobody has published is known after a download. */
export async function sourceDigests(
  workspaceRoot: string,
  experiment: Experiment,
): Promise<MaybeKnown<Json>> {
  const digests: Record<string, string> = {}
  for (const [name, source] of Object.entries(sourcesOf(workspaceRoot, experiment))) {
    if (source.sha256 === null) return unknown(`${name} has no published digest and has not been downloaded`)
    digests[name] = source.sha256
  }
  const own = ownData(workspaceRoot, experiment)
  return known(own ? { ...digests, own: await digestTree(own, new Store(storeHome()).index) } : digests)
}

/** Downloads the sources that are not here yet, and returns their local paths by name. */
export async function fetchSources(
  workspaceRoot: string,
  experiment: Experiment,
  home: string,
  { signal, display }: Session,
): Promise<Record<string, string>> {
  const paths: Record<string, string> = {}
  for (const [name, source] of Object.entries(sourcesOf(workspaceRoot, experiment))) {
    const { path } = await fetchSource(source, {
      home,
      signal,
      onNote: (line) => display.note(line),
      onProgress: ({ received, total, rate }) =>
        display.event({ event: 'progress', step: received, of: total, rate, unit: 'B' }),
    })
    paths[name] = path
  }
  return paths
}

/** The files that the data set's sources.yaml lists for these parameters. */
function sourcesOf(workspaceRoot: string, { header, config }: Experiment): Record<string, SourceFile> {
  const file = join(datasetFolder(workspaceRoot, header.dataset).folder, 'sources.yaml')
  if (!existsSync(join(workspaceRoot, file))) return {}
  return selectSources(readSources(workspaceRoot, file), config.values.dataset)
}

/**
 * A person's own file or folder, which `dataset.path` names relative to the workspace.
 *
 * @throws UserError when it is not there
 */
export function ownData(workspaceRoot: string, { header, config }: Experiment): string | undefined {
  const { path } = config.values.dataset
  if (typeof path !== 'string') return undefined
  const own = resolve(workspaceRoot, path)
  if (existsSync(own)) return own
  const origin = config.origins['dataset.path']
  throw new UserError({
    ...(origin?.source === 'flag' ? { flag: origin.flag } : {}),
    ...(origin?.source === 'file' ? { file: origin.file, line: origin.line } : {}),
    ...(origin?.source === 'default' ? { file: `${header.directory}/config.ts` } : {}),
    field: 'dataset.path',
    message: `there is no ${own}`,
    remedy: 'give a file or folder, relative to the workspace or absolute',
  })
}
