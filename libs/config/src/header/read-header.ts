import { readdirSync } from 'node:fs'
import { isAbsolute, join, posix, relative, sep } from 'node:path'
import { type Problem, UserError } from '../errors/user-error'
import { workspaceLayout } from '../workspace/layout'
import { readText } from '../yaml/read-text'
import type { Mapping } from '../yaml/tree'
import { deviceKinds } from './device-kinds'
import type { Header } from './header'
import { deviceHint, readHeaderFields } from './header-fields'
import { parseYaml } from './parse-when-needed'

/**
 * Reads what an experiment is. Only YAML is looked at and no code of the experiment runs, so that this can be
 * called for every experiment of a workspace whenever Nx makes its graph.
 *
 * @param experimentFile path of an <experiments>/<framework>/<name>/experiment.yaml, absolute or workspace-relative
 * @throws UserError with all problems of the header.
 */
export function readHeader(workspaceRoot: string, experimentFile: string): Header {
  const file = workspaceRelative(workspaceRoot, experimentFile)
  const directory = posix.dirname(file)
  const { experiments } = workspaceLayout(workspaceRoot)
  const [framework, name, ...deeper] = directory.startsWith(`${experiments}/`)
    ? directory.slice(experiments.length + 1).split('/')
    : []
  if (!framework || !name || deeper.length > 0) {
    throw new UserError({
      file,
      message: 'does not stand where experiments do',
      remedy: `move it to ${experiments}/<framework>/<name>/experiment.yaml`,
    })
  }
  const root = readMapping(workspaceRoot, file)
  const problems: Problem[] = []
  const fields = readHeaderFields(root, problems)
  const configurations = overlayNames(workspaceRoot, `${directory}/configs`, problems)
  const deviceOverlays = overlayNames(workspaceRoot, `${directory}/devices`, problems)
  for (const name of configurations)
    problems.push(...configurationProblems(`${directory}/configs/${name}.yaml`, name))
  for (const name of deviceOverlays)
    problems.push(...overlayKindProblems(`${directory}/devices/${name}.yaml`, name))
  if (problems.length > 0) throw new UserError(problems)
  return {
    directory,
    framework,
    name,
    project: `${framework}-${name}`,
    ...fields,
    configurations,
    deviceOverlays,
  }
}

/**
 * Reads a file that must hold a mapping.
 *
 * @throws UserError when it cannot be read, is no YAML, is empty or holds something else.
 */
export function readMapping(workspaceRoot: string, file: string): Mapping {
  const tree = parseYaml(readText(workspaceRoot, file))
  if (tree?.kind === 'mapping') return tree
  if (tree === undefined || (tree.kind === 'scalar' && tree.value === null)) {
    throw new UserError({
      file,
      message: 'is empty',
      remedy: 'write keys and values, one `key: value` a line',
    })
  }
  const what = tree.kind === 'sequence' ? 'a list' : 'a single value'
  throw new UserError({
    file,
    line: 1,
    message: `holds ${what}`,
    remedy: 'write keys and values, one `key: value` a line',
  })
}

function workspaceRelative(workspaceRoot: string, file: string): string {
  const path = isAbsolute(file) ? relative(workspaceRoot, file) : file
  return posix.normalize(path.split(sep).join('/'))
}

function overlayNames(workspaceRoot: string, directory: string, problems: Problem[]): string[] {
  const names = []
  for (const entry of listFolder(join(workspaceRoot, directory))) {
    if (entry.endsWith('.yaml')) names.push(entry.slice(0, -'.yaml'.length))
    if (entry.endsWith('.yml')) {
      const remedy = `name it ${entry.slice(0, -'.yml'.length)}.yaml`
      problems.push({ file: `${directory}/${entry}`, message: 'would not be read', remedy })
    }
  }
  return names.sort()
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function configurationProblems(file: string, name: string): Problem[] {
  if (name === 'default') {
    const remedy = 'give it another name'
    return [{ file, message: 'default is the name of a run without a configuration', remedy }]
  }
  if (/^[A-Za-z0-9][\w-]*$/.test(name)) return []
  return [
    { file, message: 'its name cannot name a configuration', remedy: 'use letters, digits, - and _ only' },
  ]
}

function overlayKindProblems(file: string, name: string): Problem[] {
  if (deviceKinds.some((kind) => kind === name)) return []
  return [{ file, message: `${name} is not a kind of device`, remedy: deviceHint(name) }]
}
