import { randomBytes } from 'node:crypto'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** How a file is put in the place of another. */
export interface Replacing {
  /** Whether its bytes must outlive a power cut from the moment this returns. What can be made again need not. */
  durable: boolean
  /** Its access rights; without them what the umask leaves. */
  mode?: number
  /** Where it is written at first, by one at a time; without it under a name that nobody else has. */
  partial?: string
}

/** Puts a file in the place of another, or of none: readers see the old one or the new one, never half of one. */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  { durable, mode, partial = besides(file) }: Replacing,
): Promise<void> {
  try {
    const handle = await open(partial, 'w', mode === undefined ? 0o666 : 0o600)
    try {
      await handle.writeFile(content)
      // Not by opening it: the umask would take rights away.
      if (mode !== undefined) await handle.chmod(mode)
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  }
}

/** The same at once, for what can be made again. */
export function replaceFileSync(file: string, content: string | Uint8Array): void {
  const partial = besides(file)
  try {
    writeFileSync(partial, content)
    renameSync(partial, file)
  } catch (error) {
    if (existsSync(partial)) rmSync(partial, { force: true })
    throw error
  }
}

function besides(file: string): string {
  return join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
}
