import { realpathSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { type Odd, oddKind, scan } from '../artifact/scan'

/** A file of somebody's own data. */
export interface OwnFile {
  /** Relative to the folder, with forward slashes; empty where the data is one file. */
  path: string
  file: string
  link: boolean
}

/** How many mistakes are shown of a folder that is full of them. */
const shown = 10
const remedy = 'keep plain files, and links to plain files, in a folder of data'

/**
 * Lists the files of somebody's own data, a file or a folder. Links to files count as the files. Nothing is opened.
 *
 * @throws UserError naming each path that is no file, is not there or cannot be read
 */
export async function ownFiles(path: string): Promise<{ top: Stats; files: OwnFile[] }> {
  const top = reading(path, () => statSync(path))
  if (!top.isDirectory()) {
    const kind = oddKind(top)
    if (kind === undefined) return { top, files: [{ path: '', file: path, link: false }] }
    throw new UserError({ file: path, message: `is ${kind}, not a file`, remedy: 'name a file or a folder' })
  }
  const { files, odd } = await scan(path).catch((error) => {
    throw unreadable(path, error)
  })
  const faults = odd.flatMap((one) => {
    const message = faultOf(path, one)
    return message === undefined ? [] : [{ file: join(path, one.path), message, remedy }]
  })
  if (faults.length > 0) throw new UserError(faults.slice(0, shown))
  const plain = files.map((file) => ({ path: file.path, file: join(path, file.path), link: false }))
  const linked = odd.map((one) => ({ path: one.path, file: join(path, one.path), link: true }))
  return { top, files: [...plain, ...linked] }
}

/**
 * The real files that links below the folder `path` lead to, sorted. Whoever may read only what is below it must be
 * given these too.
 *
 * @throws UserError as `ownFiles`
 */
export async function linkedFiles(path: string): Promise<string[]> {
  const { files } = await ownFiles(path)
  const real = files.filter(({ link }) => link).map(({ file }) => reading(file, () => realpathSync(file)))
  return [...new Set(real)].sort()
}

/** What is wrong with something in a folder of data; undefined for a link to a file. */
function faultOf(folder: string, { path, reason, link }: Odd): string | undefined {
  if (!link) return `cannot be used as data: ${reason}`
  try {
    const target = statSync(join(folder, path))
    if (target.isFile()) return undefined
    return `cannot be used as data: it is a link to ${oddKind(target) ?? 'a folder'}`
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return 'cannot be used as data: it is a link to what is not there'
    return faultOfAccess(error) ?? `cannot be used as data: ${message}`
  }
}

/** Does `work` on a path, and says what a person can do where that cannot be read. */
function reading<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** The UserError that names what cannot be read; any other error as it is. */
export function unreadable(path: string, error: unknown): unknown {
  const message = faultOfAccess(error)
  if (message === undefined) return error
  const { path: named } = error as NodeJS.ErrnoException
  return new UserError(
    { file: named ?? path, message, remedy: 'data has to be there and readable' },
    { cause: error },
  )
}

function faultOfAccess(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'is not there, or is a link to what is not there'
    case 'ELOOP':
      return 'is a symbolic link that leads back to itself'
    case 'EACCES':
    case 'EPERM':
    case 'EIO':
      return `cannot be read (${code})`
    default:
      return undefined
  }
}
