import { createHash } from 'node:crypto'
import { lstat, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Access, accessOf, ensureFolder } from '../disk/access'
import { sync } from '../disk/durable'
import { lacking } from './asking'
import { copyPieces, isHalfWritten, linkFirst, openPlain, readText, writePartial } from './folder-files'
import { LocalFault, type Remote, RemoteFault } from './remote'

const digest = /^[0-9a-f]{64}$/

/**
 * A folder that machines share, over a network file system say, as a remote: `<root>/<scope>/blobs/<xx>/<sha256>` and
 * `<root>/<scope>/records/<key>.json`. The root itself is never made: where it is missing, nothing is mounted.
 */
export function folderRemote(root: string, scope: string): Remote {
  const top = join(root, scope)
  const blobs = join(top, 'blobs')
  const records = join(top, 'records')
  const blobFile = (sha256: string) => join(blobs, sha256.slice(0, 2), sha256)
  const recordFile = (key: string) => join(records, `${key}.json`)
  const writable = async (folder: string): Promise<Access> => {
    const access = await accessOf(root)
    await ensureFolder(folder, access)
    return access
  }
  return {
    name: scope === 'trusted' ? root : top,
    async readRecord(key) {
      await stat(root)
      return readText(recordFile(key))
    },
    async writeRecord(key, text, { replace }) {
      const access = await writable(records)
      const partial = await writePartial(recordFile(key), access, (to) => to.writeFile(text))
      try {
        if (replace) await rename(partial, recordFile(key))
        else await linkFirst(partial, recordFile(key))
      } finally {
        await rm(partial, { force: true })
      }
      await sync(records)
    },
    async missing(wanted) {
      await stat(root)
      return lacking(wanted, async ({ sha256, bytes }) => {
        const stats = await lstat(blobFile(sha256)).catch(absent)
        return stats?.isFile() === true && stats.size === bytes
      })
    },
    async getBlob({ sha256, bytes }, take, { from = 0, ...transfer }) {
      const file = await openPlain(blobFile(sha256))
      if (!file) throw new RemoteFault('is missing')
      try {
        const { size } = await file.stat()
        const end = size === bytes ? from + (await copyPieces(file, { from, bytes }, transfer, take)) : size
        if (end !== bytes) throw new RemoteFault(`has ${end} bytes instead of ${bytes}`)
      } finally {
        await file.close()
      }
    },
    async putBlob({ sha256, bytes }, file, transfer) {
      const access = await writable(dirname(blobFile(sha256)))
      const from = await open(file).catch(({ code }: NodeJS.ErrnoException) => {
        throw new LocalFault(`${file} cannot be read (${code})`)
      })
      try {
        const partial = await writePartial(blobFile(sha256), access, async (to) => {
          const hash = createHash('sha256')
          await copyPieces(from, { bytes }, transfer, (piece) => {
            hash.update(piece)
            return to.writeFile(piece)
          })
          if (hash.digest('hex') !== sha256)
            throw new LocalFault(`${file} has other bytes than it was made with`)
        })
        await rename(partial, blobFile(sha256))
      } finally {
        await from.close()
      }
      await sync(dirname(blobFile(sha256)))
    },
    async *records() {
      await stat(root)
      for (const name of await names(records)) {
        const file = join(records, name)
        const key = name.replace(/\.json$/, '')
        const stats = await lstat(file).catch(absent)
        if (stats && digest.test(key) && name !== key) yield { key, written: stats.mtimeMs }
        else await removeHalfWritten(file)
      }
    },
    async *blobs() {
      await stat(root)
      for (const folder of await names(blobs)) {
        for (const name of await names(join(blobs, folder))) {
          const file = join(blobs, folder, name)
          const stats = await lstat(file).catch(absent)
          if (stats && digest.test(name)) yield { sha256: name, bytes: stats.size, written: stats.mtimeMs }
          else await removeHalfWritten(file)
        }
      }
    },
    removeRecord: (key) => rm(recordFile(key), { force: true }),
    removeBlob: (sha256) => rm(blobFile(sha256), { force: true }),
  }
}

/** What was left by who was killed. That somebody may not remove it is no reason to stop looking. */
async function removeHalfWritten(file: string): Promise<void> {
  if (await isHalfWritten(file)) await rm(file, { force: true }).catch(() => undefined)
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
}

/** @throws any error but that of an absent file */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}
