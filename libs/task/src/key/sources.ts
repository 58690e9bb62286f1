import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@blacksmith/config'
import { datasetFolder } from '@blacksmith/config/header'
import { fetchSource, readSources, type SourceFile, selectSources } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import type { Experiment } from '../experiment/experiment'
import { known, type MaybeKnown, unknown } from './maybe-known'

/**
 * What a data set is made from: digests by name. A digest that nobody has published is known after a download.
 *
 * @param own those of a person's own data
 */
export async function sourceDigests(
  workspaceRoot: string,
  experiment: Experiment,
  own: Record<string, string> | undefined,
): Promise<MaybeKnown<Json>> {
  const digests: Record<string, string> = {}
  for (const [name, source] of Object.entries(sourcesOf(workspaceRoot, experiment))) {
    if (source.sha256 === null) return unknown(`${name} has no published digest and has not been downloaded`)
    digests[name] = source.sha256
  }
  return known(own === undefined ? digests : { ...digests, own })
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
