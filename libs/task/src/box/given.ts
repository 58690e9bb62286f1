import { mkdir, rm, symlink } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { ownPath } from '@blacksmith/config'
import { ownIn } from '@blacksmith/identity'
import type { Job } from '../job'
import { type Input, modelFile, modelPath } from '../key/inputs'

/** Where a trainer finds what it is given, under names that say nothing of where that lies. */
export interface Given {
  data?: string
  model?: string
  /** The `path` of a section: a person's own data or weights; of what another target reads only the name. */
  own: { dataset?: string; model?: string }
  /** Those names, each with the one by which people know it, for messages. */
  shownAs: [name: string, known: string][]
}

/**
 * Lays out links to what a run reads: of an artifact just what its manifest lists, since the records of its run are in
 * no key of what reads it.
 *
 * @param work the run's folder, whose path follows from its key
 */
export async function layOut({ inputs, own, request, experiment }: Job, work: string): Promise<Given> {
  const folder = join(work, 'given')
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'data'), { recursive: true })
  const given: Given = { own: {}, shownAs: [] }
  if (inputs.data) {
    given.data = join(folder, 'data')
    for (const name of madeNames(inputs.data))
      await symlink(join(inputs.data.directory, name), join(given.data, name))
    given.shownAs.push([given.data, inputs.data.directory])
  }
  if (inputs.train) {
    given.model = join(folder, modelFile)
    await symlink(modelPath(inputs.train), given.model)
  }
  for (const section of ['dataset', 'model'] as const) {
    const path = ownPath(experiment.config, section)
    if (path === undefined) continue
    const isRead = section === ownIn[request.target]
    const name = join(folder, `${section === 'dataset' ? 'own' : 'weights'}${suffixesOf(path)}`)
    if (own && isRead) await symlink(own.path, name)
    given.own[section] = name
    given.shownAs.push([name, isRead ? path : `${section}.path`])
  }
  return given
}

/** The real files and folders behind the links. */
export function givenFiles({ inputs }: Job): string[] {
  const { data, train } = inputs
  return [
    ...(data ? madeNames(data).map((name) => join(data.directory, name)) : []),
    ...(train ? [modelPath(train)] : []),
  ]
}

function madeNames({ manifest }: Input): string[] {
  return [...new Set(manifest.files.map(({ path }) => path.split('/')[0] ?? ''))]
}

/** Readers choose a format by them: `.tsv`, `.jsonl.gz`. */
function suffixesOf(path: string): string {
  const last = extname(path)
  return `${extname(basename(path, last))}${last}`
}
