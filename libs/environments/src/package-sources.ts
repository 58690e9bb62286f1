import { resolve } from 'node:path'
import { type InstallerOptions, runInstaller } from './installer'
import type { Source } from './pins'

/** A place that packages come from: an index, or a folder or page with links to files. */
export interface PackageSource {
  kind: 'index' | 'links'
  /** A URL or a path; empty for the index that pip has of itself. */
  url: string
}

/** Whether a place is asked over a network. */
export function isRemote({ url }: PackageSource): boolean {
  return url === '' || (/^[a-z][a-z0-9+.-]*:\/\//i.test(url) && !/^file:/i.test(url))
}

/** As people may see it: without a password. */
export function shown({ url }: PackageSource): string {
  return url === '' ? 'the package index' : url.replace(/\/\/[^/@]*@/, '//')
}

/** The places that pip would look at: those of its settings and variables, and those of the requirements. */
export async function packageSources(
  python: string,
  sources: readonly Source[],
  o: InstallerOptions,
): Promise<PackageSource[]> {
  const { lines } = await runInstaller(python, ['-I', '-X', 'utf8', '-m', 'pip', 'config', 'list'], o)
  const setting = (name: string) => settingOf(lines, name)
  const ofFile = (option: Source['option']) => sources.filter((source) => source.option === option)
  const closed = ofFile('--no-index').length > 0 || /^(1|true|yes|on)$/i.test(setting('no-index').join(''))
  const own = ofFile('--index-url').at(-1)
  // As pip has it: a file's own index stands in the place of all that its settings name.
  const settings = own ? [] : [setting('index-url').at(-1) ?? '', ...setting('extra-index-url')]
  const indexes = [...(own ? [own] : []), ...ofFile('--extra-index-url')].map(({ value }) => expanded(value))
  return [
    ...(closed ? [] : [...settings, ...indexes]).map((url) => ({ kind: 'index' as const, url })),
    ...[...setting('find-links'), ...ofFile('--find-links').map(linksOf)].map((url) => ({
      kind: 'links' as const,
      url,
    })),
  ]
}

/** Where a `--find-links` of a requirements file leads; a path is relative to that file. */
export function linksOf({ value, folder }: Source): string {
  const url = expanded(value)
  return /^[a-z][a-z0-9+.-]*:/i.test(url) || url.startsWith('~') ? url : resolve(folder, url)
}

/** Of several sections the last one that applies to an installation holds, and variables before all. */
function settingOf(lines: readonly string[], name: string): string[] {
  for (const section of [':env:', 'install', 'global']) {
    const line = lines.find((each) => each.startsWith(`${section}.${name}=`))
    const text = line
      ?.slice(line.indexOf('=') + 2, -1)
      .replaceAll('\\n', ' ')
      .trim()
    if (text) return text.split(/\s+/)
  }
  return []
}

/** Installers put variables into a file's lines, so that no password stands in them. */
function expanded(text: string): string {
  return text.replace(/\$\{([A-Z0-9_]+)\}/g, (whole, name: string) => process.env[name] ?? whole)
}
