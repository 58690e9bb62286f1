import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { experimentFolders, isUserError, type Problem } from '@blacksmith/config'
import { isInstalled, workspaceLayout } from '@blacksmith/config/header'
import {
  clusterFiles,
  datasetFile,
  datasetFolders,
  modeline,
  schemaFiles,
  schemaPaths,
  schemasFolder,
  stubName,
  withModeline,
  yamlFiles,
} from './schema-files'

/** A file that is not as it should be; without a text it should not be there. */
export interface Change {
  file: string
  text?: string
}

/** What has to be written or removed for schemas, stubs, and the lines that point to them, to be in step. */
export function pendingChanges(workspaceRoot: string): { changes: Change[]; problems: Problem[] } {
  const experiments = [...experimentFolders(workspaceRoot)]
  const wanted = new Map<string, string>()
  const problems: Problem[] = []
  const add = (make: () => Iterable<[file: string, text: string]>): void => {
    try {
      for (const [file, text] of make()) wanted.set(file, text)
    } catch (error) {
      if (!isUserError(error)) throw error
      problems.push(...error.problems)
    }
  }
  const datasets = datasetFolders(workspaceRoot)
  for (const folder of datasets) add(() => datasetFile(workspaceRoot, folder))
  for (const [project, directory] of experiments) {
    add(() => schemaFiles(workspaceRoot, project, directory))
    for (const [file, schema] of yamlFiles(workspaceRoot, project, directory)) {
      const text = readFileSync(join(workspaceRoot, file), 'utf8')
      const line = modeline(file, schema)
      if (!text.split(/\r?\n/).includes(line)) wanted.set(file, withModeline(text, line))
    }
  }
  add(() => clusterFiles(workspaceRoot))
  const kept = new Set([
    ...experiments.flatMap(([project, directory]) => schemaPaths(project, directory)),
    ...datasets.map((folder) => `${folder}/${stubName}`),
  ])
  const differing = [...wanted].filter(([file, text]) => !holds(join(workspaceRoot, file), text))
  return {
    changes: [
      ...differing.map(([file, text]) => ({ file, text })),
      ...present(workspaceRoot)
        .filter((file) => !kept.has(file))
        .map((file) => ({ file })),
    ],
    problems,
  }
}

/** The schemas and stubs that are there. */
function present(workspaceRoot: string): string[] {
  const { experiments, packages } = workspaceLayout(workspaceRoot)
  const below = (folder: string) => names(join(workspaceRoot, folder)).map((name) => `${folder}/${name}`)
  const withStubs = [
    ...below(experiments).flatMap(below),
    ...packages
      .filter(({ folder }) => !isInstalled(folder))
      .flatMap(({ folder }) => below(`${folder}/datasets`)),
  ]
  const stubs = withStubs.map((folder) => `${folder}/${stubName}`)
  return [
    ...below(schemasFolder).flatMap(below),
    ...stubs.filter((file) => existsSync(join(workspaceRoot, file))),
  ]
}

/** Of what is in a folder; none where there is no such folder. */
function names(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder).sort() : []
}

function holds(path: string, text: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === text
}
