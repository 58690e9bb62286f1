import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Ended, type InstallerOptions, runInstaller } from './installer'
import type { MakingProgress } from './making-progress'
import { isRemote, type PackageSource, packageSources, shown } from './package-sources'
import type { Pins } from './pins'
import { unreachable } from './unreachable'

/** What is installed, into which environment. */
export interface PinnedInstallation {
  python: string
  pins: Pins
  /** A folder for what is only needed meanwhile. */
  temporary: string
  progress: MakingProgress
  options: InstallerOptions
}

/**
 * Installs pins with pip. What lies on the disk is taken first, since an index that cannot be reached costs minutes:
 * pip asks each one six times for each package. Where that is not all of it, the indexes that answer are asked.
 */
export async function installWithPip(o: PinnedInstallation): Promise<Ended> {
  const sources = await packageSources(o.python, o.pins.sources, o.options)
  const near = sources.filter((source) => !isRemote(source))
  const far = sources.filter(isRemote)
  if (far.length === 0) return install(o, sources)
  const fromDisk = near.length > 0 ? await install(o, near) : undefined
  if (fromDisk && (fromDisk.ok || o.options.signal?.aborted || !isMissing(fromDisk))) return fromDisk
  if (fromDisk)
    o.progress.print(`${missingIn(fromDisk)} does not lie on the disk: the package index is asked`)
  o.progress.begin(`waiting for an answer of ${far.map(shown).join(' and ')}`)
  const faults = await unreachable(o.python, far, nameOf(o.pins), o.options)
  const left = [...faults].map(([source, fault]) => `${shown(source)} ${fault}`)
  for (const line of left) o.progress.print(`${line}: it is left out`)
  const answering = sources.filter((source) => !faults.has(source))
  const ended = fromDisk && answering.length === near.length ? fromDisk : await install(o, answering)
  return ended.ok ? ended : { ok: false, lines: [...ended.lines, ...left.map((line) => `ERROR: ${line}`)] }
}

async function install(
  { python, pins, temporary, progress, options }: PinnedInstallation,
  sources: readonly PackageSource[],
): Promise<Ended> {
  progress.begin('looking for packages', temporary)
  const links = sources.filter(({ kind }) => kind === 'links').map(({ url }) => linkOption(url))
  const file = await writePins(pins, temporary, links)
  return runInstaller(
    python,
    [
      ...['-I', '-X', 'utf8', '-m', 'pip', 'install', '--compile', '--progress-bar', 'off'],
      ...['--requirement', file],
    ],
    {
      ...options,
      onLine: (line) => progress.readLine(line),
      variables: { ...options.variables, ...variablesFor(sources) },
    },
  )
}

/** Variables hold before pip's settings; one that is empty does not, so that a place stands in for none. */
function variablesFor(sources: readonly PackageSource[]): NodeJS.ProcessEnv {
  const [first, ...others] = sources.filter(({ kind }) => kind === 'index').map(({ url }) => url)
  const nowhere = 'file:///nowhere'
  if (first === undefined) return { PIP_NO_INDEX: '1', PIP_FIND_LINKS: nowhere }
  return {
    PIP_INDEX_URL: first,
    PIP_EXTRA_INDEX_URL: others.join(' ') || nowhere,
    PIP_FIND_LINKS: nowhere,
  }
}

/**
 * Writes pins as one file, with other places than they name.
 *
 * @returns its path
 */
export async function writePins(
  { packages, constraints, options }: Pins,
  folder: string,
  sources: readonly string[],
): Promise<string> {
  const bounds = join(folder, 'constraints.txt')
  if (constraints.length > 0) await writeFile(bounds, `${constraints.join('\n')}\n`)
  const bound = constraints.length > 0 ? [`--constraint ${bounds}`] : []
  const file = join(folder, 'pins.txt')
  await writeFile(file, `${[...options, ...sources, ...bound, ...new Set(packages)].join('\n')}\n`)
  return file
}

/** Lines of options are split at spaces, unless they are quoted. */
export function linkOption(url: string): string {
  return `--find-links ${/\s/.test(url) ? JSON.stringify(url) : url}`
}

const missing = /No matching distribution found for (\S+)/

/** Whether an installer has ended for want of a package, and not of something that an index could not mend. */
function isMissing({ lines }: Ended): boolean {
  return lines.some(
    (line) => missing.test(line) || /Could not find a version|ResolutionImpossible/.test(line),
  )
}

function missingIn({ lines }: Ended): string {
  return lines.map((line) => missing.exec(line)?.[1]).find(Boolean) ?? 'one of the packages'
}

function nameOf({ packages }: Pins): string {
  return packages[0]?.match(/^[\w.-]+/)?.[0] ?? 'pip'
}
