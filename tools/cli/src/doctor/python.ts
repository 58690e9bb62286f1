import { isUserError } from '@blacksmith/config'
import {
  enclosingWorkspace,
  experimentFile,
  experimentFolders,
  readHeader,
  setting,
} from '@blacksmith/config/header'
import { type Check, fault, ok, warning } from '@blacksmith/devices/checks'
import { presentKinds } from '@blacksmith/devices/present-kinds'
import { frameworkEnvironment, preparationEnvironment } from '@blacksmith/environments/environment-name'
import {
  askVersion,
  findInterpreter,
  isNewEnough,
  type NeededPython,
} from '@blacksmith/environments/interpreter'
import { readRequirements } from '@blacksmith/environments/requirements'

const remedy =
  'install Python 3.11 or newer (Debian: apt install python3 python3-venv), or name one in BLACKSMITH_PYTHON'

/**
 * The Pythons that runs here would take: the one that is named, else those that environments are made with. Of a
 * workspace also each version that only some of its requirements ask for, on the devices of this machine.
 */
export async function checkPythons(
  env: NodeJS.ProcessEnv,
  workspaceRoot = enclosingWorkspace(),
): Promise<Check[]> {
  const given = setting('BLACKSMITH_PYTHON', env)
  if (given) return [await checkGiven(given)]
  const needed = workspaceRoot === undefined ? [] : neededBy(workspaceRoot)
  return Promise.all([checkAny(), ...needed.map(checkNeeded)])
}

async function checkGiven(python: string): Promise<Check> {
  const found = await askVersion(python)
  if (!found) return fault('python', `${python} does not run`, remedy)
  const detail = `${python} is ${found.version}`
  return isNewEnough(found.version) ? ok('python', detail) : fault('python', detail, remedy)
}

async function checkAny(): Promise<Check> {
  try {
    const { path, version } = await findInterpreter()
    return ok('python', `${path} is ${version}`)
  } catch (error) {
    return fault('python', messageOf(error), remedy)
  }
}

/** No fault: what has other requirements runs. */
async function checkNeeded(needed: NeededPython): Promise<Check> {
  const { minor, file } = needed
  const name = `python ${minor}`
  try {
    const { path, version } = await findInterpreter(needed)
    return ok(name, `${path} is ${version}, for ${file}`)
  } catch (error) {
    const install = `install it with its venv module, so that python${minor} is on the PATH`
    return warning(name, `${file}: ${messageOf(error)}`, install)
  }
}

/** Each version once, with the first requirements that ask for it. */
function neededBy(workspaceRoot: string): NeededPython[] {
  const needed = new Map<string, NeededPython>()
  for (const environment of environmentsOf(workspaceRoot)) {
    const python = unlessBroken(() => readRequirements(workspaceRoot, environment).python)
    if (python && !needed.has(python.minor)) needed.set(python.minor, python)
  }
  return [...needed.values()]
}

function environmentsOf(workspaceRoot: string): Set<string> {
  const present = presentKinds()
  const environments = [...experimentFolders(workspaceRoot).values()].flatMap((directory) => {
    const header = unlessBroken(() => readHeader(workspaceRoot, `${directory}/${experimentFile}`))
    if (!header) return []
    const kinds = header.devices.filter((kind) => present.has(kind))
    return [
      preparationEnvironment(workspaceRoot, header.dataset),
      ...kinds.map((kind) => frameworkEnvironment(workspaceRoot, header, kind)),
    ]
  })
  return new Set(environments)
}

/** What is wrong in a file, the commands that need it say with its line. */
function unlessBroken<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isUserError(error)) return undefined
    throw error
  }
}

function messageOf(error: unknown): string {
  if (!isUserError(error)) throw error
  return error.problems[0]?.message ?? error.message
}
