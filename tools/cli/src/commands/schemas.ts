import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { experimentFolders, UserError } from '@blacksmith/config'
import { Command } from 'commander'
import { modeline, schemaFiles, schemasFolder, withModeline, yamlFiles } from '../schemas/schema-files'
import { findWorkspaceRoot } from '../workspace'

/** `blacksmith schemas`: JSON Schemas of every experiment's YAML, for editors, out of each config.ts. */
export function schemasCommand(): Command {
  return new Command('schemas')
    .description('write the JSON Schemas by which editors check and complete experiment.yaml and overlays')
    .option('--check', 'change nothing; fail when a schema is not what its config.ts says')
    .action(({ check = false }: { check?: boolean }) => {
      const workspaceRoot = findWorkspaceRoot()
      const changes = pendingChanges(workspaceRoot)
      if (check) return refuse(changes)
      for (const { file, text } of changes) {
        if (text === undefined) rmSync(join(workspaceRoot, file))
        else write(join(workspaceRoot, file), text)
        console.log(`${text === undefined ? 'removed' : 'wrote'} ${file}`)
      }
      if (changes.length === 0) console.log('All schemas are in step.')
    })
}

/** A file that is not as it should be; without a text it should not be there. */
export interface Change {
  file: string
  text?: string
}

/** What has to be written or removed for the schemas, and the lines that point to them, to be in step. */
export function pendingChanges(workspaceRoot: string): Change[] {
  const all = experimentFolders(workspaceRoot)
  const schemas = schemaFiles(workspaceRoot, all)
  const yaml = [...all].flatMap(([project, directory]) => yamlFiles(workspaceRoot, project, directory))
  const wanted = new Map(schemas)
  for (const [file, schema] of yaml) {
    const text = readFileSync(join(workspaceRoot, file), 'utf8')
    const line = modeline(file, schema)
    if (!text.split(/\r?\n/).includes(line)) wanted.set(file, withModeline(text, line))
  }
  const stale = present(workspaceRoot).filter((file) => !schemas.has(file))
  return [
    ...[...wanted]
      .filter(([file, text]) => !holds(join(workspaceRoot, file), text))
      .map(([file, text]) => ({ file, text })),
    ...stale.map((file) => ({ file })),
  ]
}

function refuse(changes: Change[]): void {
  if (changes.length === 0) return
  throw new UserError(
    changes.map(({ file, text }) => ({
      file,
      message: text === undefined ? 'belongs to no experiment' : 'is not in step with config.ts',
      remedy: 'run npx blacksmith schemas',
    })),
  )
}

function present(workspaceRoot: string): string[] {
  const folder = join(workspaceRoot, schemasFolder)
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((project) =>
    readdirSync(join(folder, project)).map((name) => `${schemasFolder}/${project}/${name}`),
  )
}

function holds(path: string, text: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === text
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
