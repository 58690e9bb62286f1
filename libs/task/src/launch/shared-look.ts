import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '@blacksmith/config/header'
import type { JobState, Launcher } from '@blacksmith/launch'
import { tryLock } from '@blacksmith/native'

/** What an engine said of all jobs of a person, and when, in ms since the epoch. */
export interface Look {
  at: number
  jobs: JobState[]
}

/**
 * What the engine says of all jobs, asked by one command for all: the others read its answer.
 *
 * @returns the last answer, which may be an old one where nobody gets a newer
 * @throws Unanswered where it was this command's turn to ask
 */
export async function sharedLook(jobs: string, launcher: Launcher): Promise<Look | undefined> {
  const everyMs = launcher.lookEvery * 1000
  const user = process.getuid?.() ?? 0
  const file = join(jobs, `look-${launcher.name.toLowerCase()}-${user}.json`)
  if (age(file, everyMs) < everyMs) return read(file)
  const turn = tryLock(`${file}.lock`, 'exclusive')
  if (!turn) return read(file)
  try {
    if (age(file, everyMs) < everyMs) return read(file)
    // Before the question: what is submitted meanwhile may not be in the answer.
    const at = Date.now()
    const look: Look = { at, jobs: await launcher.look() }
    await replaceFile(file, JSON.stringify(look), { durable: false })
    return look
  } finally {
    turn.close()
  }
}

/** The clock of the disk may be another one than ours: what lies in the future counts as just written. */
function age(file: string, everyMs: number): number {
  const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {}
  if (mtimeMs === undefined) return Number.POSITIVE_INFINITY
  const since = Date.now() - mtimeMs
  return since < -everyMs ? Number.POSITIVE_INFINITY : since
}

async function read(file: string): Promise<Look | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Look
  } catch {
    return undefined
  }
}
