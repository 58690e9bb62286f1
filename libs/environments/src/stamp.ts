import { readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '@blacksmith/config/header'
import { z } from 'zod'
import { askVersion } from './interpreter'

/** Written last: a folder without it was never finished. */
const stampName = 'environment.json'

const stamp = z.object({
  pythonVersion: z.string(),
  packages: z.record(z.string(), z.string()),
  /** The file that the environment's `python` leads to: a system's upgrade replaces it. */
  interpreter: z.object({ bytes: z.number(), modified: z.number() }),
})

/** What a finished environment holds. */
export type Made = Omit<z.infer<typeof stamp>, 'interpreter'>

/** Says that an environment is finished. */
export async function writeStamp(folder: string, python: string, made: Made): Promise<void> {
  const interpreter = await identityOf(python)
  const file = join(folder, stampName)
  const content = `${JSON.stringify({ ...made, interpreter }, null, 2)}\n`
  await replaceFile(file, content, { durable: false, partial: `${file}.partial` })
}

/**
 * What an environment says of itself; undefined when it is half-made, and when its interpreter is gone or is of
 * another version by now, since the packages were made for the one before.
 */
export async function readStamp(folder: string, python: string): Promise<Made | undefined> {
  const [text, interpreter] = await Promise.all([
    readFile(join(folder, stampName), 'utf8').catch(absent),
    identityOf(python).catch(absent),
  ])
  if (text === undefined || interpreter === undefined) return undefined
  const { success, data } = stamp.safeParse(parsed(text))
  if (!success) return undefined
  const { interpreter: before, ...made } = data
  const same = before.bytes === interpreter.bytes && before.modified === interpreter.modified
  // A rebuild of the same version, as a distribution's security updates are, serves as well.
  if (!same && (await askVersion(python))?.version !== made.pythonVersion) return undefined
  return made
}

/** Says that an environment is no longer whole; before anything of it is removed. */
export async function removeStamp(folder: string): Promise<void> {
  await rm(join(folder, stampName), { force: true })
}

/** Notes that an environment is used now, as the time of its stamp: another user's is known by when it was read. */
export async function noteUse(folder: string): Promise<void> {
  const now = new Date()
  await utimes(join(folder, stampName), now, now).catch(() => undefined)
}

async function identityOf(python: string): Promise<{ bytes: number; modified: number }> {
  const { size, mtimeMs } = await stat(python)
  return { bytes: size, modified: Math.round(mtimeMs) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}
