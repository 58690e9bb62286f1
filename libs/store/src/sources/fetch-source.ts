import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '@blacksmith/config'
import { hashFile } from '@blacksmith/config/header'
import { lockInStore } from '../disk/in-use'
import { type DownloadOptions, download } from '../downloads/download'
import { Layout } from '../home'
import { sha256 } from '../key/key'
import { isRemote, type PackageFile, type SourceFile } from './source'
import { noteDigest, sourcesLockFile } from './sources-lock'

/** A source that is on this machine, with the digest that its bytes were found to have. */
export interface Fetched {
  path: string
  sha256: string
}

/** Makes a source file available here, verified: downloads it, or finds it in an installed package. */
export async function fetchSource(source: SourceFile, o: DownloadOptions): Promise<Fetched> {
  if (!isRemote(source)) return { path: await packageFile(source), sha256: source.sha256 }
  const path = await download(source, o)
  const digest = basename(path)
  if (source.sha256 === null) {
    const layout = new Layout(o.home)
    const lock = await lockInStore(
      layout,
      layout.outsideLock(sha256(sourcesLockFile(source.listedIn))),
      'exclusive',
    )
    try {
      await noteDigest(source, { sha256: digest, bytes: (await stat(path)).size })
    } finally {
      lock.close()
    }
  }
  return { path, sha256: digest }
}

async function packageFile(source: PackageFile): Promise<string> {
  const found = findUpwards(
    dirname(resolve(source.listedIn)),
    join('node_modules', source.package, source.path),
  )
  if (found === undefined) {
    const message = `the npm package ${source.package} with ${source.path} is not installed`
    throw new UserError({ file: source.listedIn, field: source.name, message, remedy: 'run npm ci' })
  }
  const digest = await hashFile(found)
  if (digest === source.sha256) return found
  throw new UserError({
    file: found,
    message: `has other bytes than ${source.listedIn} asks for (SHA-256 ${digest} instead of ${source.sha256})`,
    remedy: 'run npm ci, which installs the package anew',
  })
}

/** As Node resolves packages: in node_modules of each folder up to the root. */
function findUpwards(folder: string, path: string): string | undefined {
  const candidate = join(folder, path)
  if (existsSync(candidate)) return candidate
  const above = dirname(folder)
  return above === folder ? undefined : findUpwards(above, path)
}
