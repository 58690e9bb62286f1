import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { type DeviceKind, UserError } from '@blacksmith/config'
import { setting } from '@blacksmith/config/header'
import { kinds } from '@blacksmith/devices'

/** What a process may do with a path and all below it: read, list folders, execute, write. */
export interface Rule {
  rights: 'r' | 'l' | 'rx' | 'rw' | 'rwx'
  path: string
}

/**
 * What a run may reach of the network. `chosen`: processes of one training find each other by ports that the kernel has
 * chosen, as Gloo and NCCL do; all else is closed.
 */
export type BoxNetwork = 'open' | 'closed' | 'chosen'

/** What a run brings along; everything else of the machine is closed to its trainer. */
export interface BoxAccess {
  kind: DeviceKind
  /** The interpreter of the environment. */
  python: string
  /** The copy of the workspace; a declared program in it can be run. */
  capsule: string
  /** What else nobody changes: inputs and sources; and a person's own data. */
  read: readonly string[]
  /** Folders whose names it may see, and of whose files only those under `read`. */
  list: readonly string[]
  /** The run's own folders. */
  write: readonly string[]
  /** Folders that stay closed even where they lie inside a folder of the system. */
  closed: readonly string[]
}

/** Programs and libraries of the system, and what describes the machine to them. */
const programs = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/usr', '/opt', '/nix/store', '/gnu/store']
const facts = [
  '/etc',
  '/proc',
  '/sys',
  '/dev/random',
  '/dev/urandom',
  '/run/systemd/resolve',
  '/var/cache/fontconfig',
  '/var/lib/dbus',
]
const scratch = ['/dev/null', '/dev/zero', '/dev/full', '/dev/tty', '/dev/ptmx', '/dev/pts', '/dev/shm']

/** The rules of a run's box. What is not there is left out by whoever applies them. */
export function boxRules(
  { kind, python, capsule, read, list, write, closed }: BoxAccess,
  devices = join(setting('BLACKSMITH_DEVICE_ROOT') ?? '/', 'dev'),
): Rule[] {
  const kept = closed.map(realOf)
  const system = programs.flatMap((folder) => without(folder, kept))
  return [
    ...[...system, ...interpreterFolders(python, kept), capsule].map(
      (path): Rule => ({ rights: 'rx', path }),
    ),
    ...[...facts, ...read].map((path): Rule => ({ rights: 'r', path })),
    // Not read as a whole: a disk's node would be all that is on it.
    ...['/dev', ...list].map((path): Rule => ({ rights: 'l', path })),
    ...[...scratch, ...nodesOf(kind, devices)].map((path): Rule => ({ rights: 'rw', path })),
    ...write.map((path): Rule => ({ rights: 'rwx', path })),
  ]
}

/**
 * As the supervisor reads it, a rule a line.
 *
 * @throws UserError for a path that would be two lines
 */
export function formatRules(rules: readonly Rule[], network: BoxNetwork): string {
  const odd = rules.find(({ path }) => path.includes('\n'))
  if (odd)
    throw new UserError({ file: odd.path, message: 'has a line break in its name', remedy: 'rename it' })
  const lines = rules.map(({ rights, path }) => `${rights} ${path}`)
  return [...lines, ...(network === 'open' ? [] : [`net ${network}`]), ''].join('\n')
}

/**
 * The environment's own folder, and that of the interpreter that it was made with. A command that stands for an
 * interpreter may lie anywhere, in a person's `~/bin`: the folder around it is no environment then.
 */
function interpreterFolders(python: string, closed: readonly string[]): string[] {
  if (!python.includes('/')) return []
  const environment = dirname(dirname(python))
  const configuration = join(environment, 'pyvenv.cfg')
  const home = existsSync(configuration)
    ? readFileSync(configuration, 'utf8').match(/^home\s*=\s*(.+?)\s*$/m)?.[1]
    : undefined
  const folders = [
    python,
    realOf(python),
    ...(home ? [join(home, 'python'), join(realOf(home), 'python')] : []),
  ]
    .map((program) => dirname(dirname(program)))
    // An interpreter in /usr/bin is the system's.
    .filter((folder) => !['/', '/usr', '/usr/local'].includes(folder) && isInstallation(folder))
  return [python, realOf(python), ...new Set(folders.flatMap((folder) => without(folder, closed)))]
}

function isInstallation(folder: string): boolean {
  const libraries = [...names(join(folder, 'lib')), ...names(join(folder, 'lib64'))]
  return libraries.some((name) => /^python3/.test(name))
}

const parts = ['bin', 'lib', 'lib64', 'include', 'share', 'pyvenv.cfg']

/** The folder, or where it holds what stays closed, all else in it. */
function without(folder: string, closed: readonly string[]): string[] {
  const real = realOf(folder)
  // An environment in the workspace's own root: its parts, and nothing else there.
  if (closed.includes(real)) return isInstallation(folder) ? parts.map((name) => join(folder, name)) : []
  if (!closed.some((path) => path.startsWith(real + sep))) return [folder]
  return names(folder).flatMap((name) => without(join(folder, name), closed))
}

function nodesOf(kind: DeviceKind, devices: string): string[] {
  return names(devices)
    .filter((name) => kinds[kind].opens(name))
    .map((name) => join(devices, name))
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
