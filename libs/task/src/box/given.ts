import { mkdir, rm, symlink } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import type { Job } from '../job'
import { type Input, modelFile, modelPath } from '../key/inputs'

/** Where a trainer finds what it is given, under names that say nothing of where that lies. */
export interface Given {
  data?: string
  model?: string
  /** A person's own data; of a training only the name, since it reads what was prepared of them. */
  own?: string
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
  const given: Given = { shownAs: [] }
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
  const { path } = experiment.config.values.dataset
  if (typeof path === 'string') {
    given.own = join(folder, `own${suffixesOf(path)}`)
    if (own) await symlink(own.path, given.own)
    given.shownAs.push([given.own, request.target === 'prepare-data' ? path : 'dataset.path'])
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
