import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { experimentFolders, isUserError, type Problem } from '@blacksmith/config'
import { workspaceLayout } from '@blacksmith/config/header'
import {
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
  for (const [project, directory] of experiments) {
    try {
      for (const [file, text] of schemaFiles(workspaceRoot, project, directory)) wanted.set(file, text)
    } catch (error) {
      if (!isUserError(error)) throw error
      problems.push(...error.problems)
    }
    for (const [file, schema] of yamlFiles(workspaceRoot, project, directory)) {
      const text = readFileSync(join(workspaceRoot, file), 'utf8')
      const line = modeline(file, schema)
      if (!text.split(/\r?\n/).includes(line)) wanted.set(file, withModeline(text, line))
    }
  }
  const kept = new Set(experiments.flatMap(([project, directory]) => schemaPaths(project, directory)))
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
  const { experiments } = workspaceLayout(workspaceRoot)
  const schemas = names(join(workspaceRoot, schemasFolder)).flatMap((project) =>
    names(join(workspaceRoot, schemasFolder, project)).map((name) => `${schemasFolder}/${project}/${name}`),
  )
  const stubs = names(join(workspaceRoot, experiments)).flatMap((framework) =>
    names(join(workspaceRoot, experiments, framework))
      .map((name) => `${experiments}/${framework}/${name}/${stubName}`)
      .filter((file) => existsSync(join(workspaceRoot, file))),
  )
  return [...schemas, ...stubs]
}

/** Of what is in a folder; none where there is no such folder. */
function names(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder).sort() : []
}

function holds(path: string, text: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === text
}
