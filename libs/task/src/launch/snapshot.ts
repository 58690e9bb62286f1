import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { ownPath } from '@blacksmith/config'
import { datasetFolder, isInstalled, readRegularFile } from '@blacksmith/config/header'
import { readRequirements } from '@blacksmith/environments/requirements'
import { capsuleFiles } from '@blacksmith/identity'
import { typescriptClosure } from '@blacksmith/identity/typescript-imports'
import type { Plan } from '../plan'

/**
 * Copies just what a plan was made from into a small workspace of its own: what is edited afterwards does not reach the
 * job. Code and inputs are those bytes that were hashed; the job compares the rest by what its key comes to.
 */
export async function writeSnapshot(planned: Plan, into: string): Promise<void> {
  const { workspaceRoot } = planned.request
  const put = async (path: string, content: Buffer | string, executable = false) => {
    const file = join(into, path)
    await mkdir(dirname(file), { recursive: true })
    if (typeof content === 'string') await copyFile(content, file)
    else await writeFile(file, content)
    if (executable) await chmod(file, 0o755)
  }
  await mkdir(into, { recursive: true })
  for (const path of settingFiles(planned)) await put(path, readRegularFile(join(workspaceRoot, path), path))
  for (const plan of withProducers(planned)) {
    // What is installed is found where it lies, as the packages themselves are.
    for (const { path, content, executable } of capsuleFiles(plan.material))
      if (!isInstalled(path)) await put(path, content, executable)
  }
  await linkOwnData(planned, into)
  const installed = join(workspaceRoot, 'node_modules')
  if (existsSync(installed)) await symlink(realpathSync(installed), join(into, 'node_modules'))
}

/** All files of the workspace that say what is to be done, besides the code that does it. */
function settingFiles(planned: Plan): string[] {
  const { request, experiment } = planned
  const { workspaceRoot, directory } = request
  const { folder: dataset } = datasetFolder(workspaceRoot, experiment.header.dataset)
  const structures = [`${directory}/config.ts`, `${dataset}/schema.ts`]
  const imported = structures.flatMap((file) => typescriptClosure(join(workspaceRoot, file), new Map()))
  const files = [
    'nx.json',
    `${directory}/experiment.yaml`,
    ...['configs', 'devices'].flatMap((name) => filesIn(workspaceRoot, `${directory}/${name}`, '.yaml')),
    ...structures,
    ...imported.map((file) => relative(workspaceRoot, file).split(sep).join('/')),
    ...['sources.yaml', 'sources.lock.json', '__init__.py'].map((name) => `${dataset}/${name}`),
    ...withProducers(planned).flatMap(
      ({ environmentName }) => readRequirements(workspaceRoot, environmentName).files,
    ),
  ]
  return [...new Set(files)].filter(
    (file) =>
      !file.startsWith('../') &&
      !file.split('/').includes('node_modules') &&
      isFile(join(workspaceRoot, file)),
  )
}

/** A plan with those of all that it is made from. */
function withProducers(planned: Plan): Plan[] {
  return [planned, ...planned.producers.flatMap(withProducers)]
}

/** A person's own data and weights stay where they are; a relative path leads there from the snapshot too. */
async function linkOwnData({ request, experiment }: Plan, into: string): Promise<void> {
  for (const section of ['dataset', 'model'] as const) {
    const path = ownPath(experiment.config, section)
    if (path === undefined || isAbsolute(path)) continue
    const [from, to] = [join(request.workspaceRoot, path), join(into, path)]
    if (!existsSync(from) || relative(into, to).startsWith('..') || existsSync(to)) continue
    await mkdir(dirname(to), { recursive: true })
    await symlink(realpathSync(from), to)
  }
}

function filesIn(workspaceRoot: string, folder: string, ending: string): string[] {
  const path = join(workspaceRoot, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
