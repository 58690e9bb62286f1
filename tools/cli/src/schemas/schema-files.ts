import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import {
  datasetSchema,
  experimentSchema,
  type JsonObject,
  loadStructure,
  overlaySchema,
  parametersSchema,
  sweepNames,
  sweepSchema,
  sweepsFolder,
} from '@blacksmith/config'
import { isInstalled, workspaceLayout } from '@blacksmith/config/header'
import { clusterFile, clusterJsonSchema } from '@blacksmith/launch'
import { datasetStub, parametersStub } from './parameters-stub'

/** Workspace-relative folder of the schemas by which editors know YAML. */
export const schemasFolder = 'schemas'
/** The stub beside a recipe or a preparation, by which editors and type checkers know its parameters. */
export const stubName = 'parameters.pyi'

/** The files of an experiment that say what its parameters are, by their workspace-relative paths. */
export function schemaPaths(project: string, directory: string): string[] {
  const schemas = (['experiment', 'overlay', 'sweep'] as const).map((kind) => schemaFile(project, kind))
  return [...schemas, `${directory}/${stubName}`]
}

/**
 * What these should hold.
 *
 * @throws UserError where config.ts does not load
 */
export function schemaFiles(workspaceRoot: string, project: string, directory: string): Map<string, string> {
  const structure = loadStructure(workspaceRoot, directory)
  const texts = [
    text(experimentSchema(structure)),
    text(overlaySchema(structure)),
    text(sweepSchema(structure)),
    parametersStub(project, parametersSchema(structure)),
  ]
  return new Map(schemaPaths(project, directory).map((file, at) => [file, texts[at] as string]))
}

/** The schema of cluster.yaml, and the file itself with the line that names it; none where there is no cluster.yaml. */
export function clusterFiles(workspaceRoot: string): [file: string, text: string][] {
  const path = join(workspaceRoot, clusterFile)
  if (!existsSync(path)) return []
  const schema = `${schemasFolder}/cluster.json`
  return [
    [schema, text(clusterJsonSchema() as JsonObject)],
    [clusterFile, withModeline(readFileSync(path, 'utf8'), modeline(clusterFile, schema))],
  ]
}

/** The folders of data sets that have parameters, in those packages that are the workspace's own. */
export function datasetFolders(workspaceRoot: string): string[] {
  const own = workspaceLayout(workspaceRoot).packages.filter(({ folder }) => !isInstalled(folder))
  return own.flatMap(({ folder }) =>
    list(join(workspaceRoot, folder, 'datasets'))
      .map((name) => `${folder}/datasets/${name}`)
      .filter((dataset) => existsSync(join(workspaceRoot, dataset, 'schema.ts'))),
  )
}

/**
 * The stub beside the preparation of a data set; none where its parameters are not known.
 *
 * @throws UserError where schema.ts does not load
 */
export function datasetFile(workspaceRoot: string, folder: string): [file: string, text: string][] {
  const schema = datasetSchema(workspaceRoot, folder)
  return schema ? [[`${folder}/${stubName}`, datasetStub(posix.basename(folder), schema)]] : []
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
    ...sweepNames(workspaceRoot, directory).map((name): [string, string] => [
      `${directory}/${sweepsFolder}/${name}.yaml`,
      schemaFile(project, 'sweep'),
    ]),
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

function schemaFile(project: string, kind: 'experiment' | 'overlay' | 'sweep'): string {
  return `${schemasFolder}/${project}/${kind}.json`
}

function text(schema: JsonObject): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}
