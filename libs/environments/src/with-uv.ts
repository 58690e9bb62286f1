import { type Ended, runInstaller } from './installer'
import { isRemote, linksOf } from './package-sources'
import { linkOption, type PinnedInstallation, writePins } from './with-pip'

/**
 * Installs pins with uv. As with pip, what lies on the disk is taken first: uv gives up where one of its indexes
 * cannot be reached, although a folder of wheels has all that is pinned.
 */
export async function installWithUv(o: PinnedInstallation): Promise<Ended> {
  const { sources } = o.pins
  const links = sources.filter(({ option }) => option === '--find-links').map(linksOf)
  const folders = [...links, ...(process.env.UV_FIND_LINKS ?? '').split(/[\s,]+/)].filter(
    (url) => url !== '' && !isRemote({ kind: 'links', url }),
  )
  if (folders.length > 0) {
    const fromDisk = await install(o, ['--no-index', ...folders.map(linkOption)])
    if (fromDisk.ok || o.options.signal?.aborted) return fromDisk
    o.progress.print('not all packages lie on the disk: the package index is asked')
  }
  const named = sources.map((source) =>
    source.option === '--find-links'
      ? linkOption(linksOf(source))
      : `${source.option} ${source.value}`.trim(),
  )
  return install(o, named)
}

async function install(o: PinnedInstallation, sources: readonly string[]): Promise<Ended> {
  o.progress.begin('looking for packages')
  return runInstaller(
    'uv',
    [
      ...['pip', 'install', '--python', o.python],
      // Each pin may come from any of the named indexes, as with pip; without this the first index that knows a
      // package at all must have the pinned version.
      ...[
        '--index-strategy',
        'unsafe-best-match',
        '--requirement',
        await writePins(o.pins, o.temporary, sources),
      ],
      // uv leaves bytecode to whoever starts Python first, and shares its cache's files with other
      // environments by hard links: an edit in one of them would be one in all.
      ...['--compile-bytecode', '--link-mode', 'copy'],
    ],
    { ...o.options, onLine: (line) => o.progress.readLine(line) },
  )
}
