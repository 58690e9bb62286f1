import { existsSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { experimentSchema, type Json, loadStructure, overlaySchema } from '@blacksmith/config'
import { printJson } from './print-json'

/** Workspace-relative folder of the schemas that editors read. */
export const schemasFolder = 'schemas'

/** What each schema file should hold, by its workspace-relative path. */
export function schemaFiles(workspaceRoot: string, experiments: Map<string, string>): Map<string, string> {
  const files = new Map<string, string>()
  for (const [project, directory] of experiments) {
    const structure = loadStructure(workspaceRoot, directory)
    files.set(schemaFile(project, 'experiment'), text(experimentSchema(structure)))
    files.set(schemaFile(project, 'overlay'), text(overlaySchema(structure)))
  }
  return files
}

/** The YAML files of an experiment with the schema of each; all workspace-relative. */
export function yamlFiles(
  workspaceRoot: string,
  project: string,
  directory: string,
): [yaml: string, schema: string][] {
  const overlays = ['configs', 'devices'].flatMap((folder) =>
    list(join(workspaceRoot, directory, folder))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => `${directory}/${folder}/${name}`),
  )
  return [
    [`${directory}/experiment.yaml`, schemaFile(project, 'experiment')],
    ...overlays.map((yaml): [string, string] => [yaml, schemaFile(project, 'overlay')]),
  ]
}

/** The comment by which an editor's YAML support finds the schema of a file. */
export function modeline(yaml: string, schema: string): string {
  return `# yaml-language-server: $schema=${posix.relative(posix.dirname(yaml), schema)}`
}

/** A YAML text with the comment as its first line, in place of one that points elsewhere. */
export function withModeline(text: string, line: string): string {
  return `${line}\n${text.replace(/^# yaml-language-server: \$schema=.*\r?\n/m, '')}`
}

function schemaFile(project: string, kind: 'experiment' | 'overlay'): string {
  return `${schemasFolder}/${project}/${kind}.json`
}

function text(schema: { [key: string]: Json }): string {
  return `${printJson(schema)}\n`
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}
