import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Json, replaceFile } from '@blacksmith/config/header'
import { readRunFile } from '@blacksmith/protocol'
import { accessOf, ensureFolder, ensureHome } from '@blacksmith/store/folders'
import type { TrialFailure } from './trial'

/** How a trainer's failure arrives: as the cause of the error that tells of it. */
interface Cause {
  kind: string
  message: string
  exit: { code: number | null; signal: string | null }
}

/** 128 and these: how a shell reports a process that ended by a fault of its own. */
const faults = ['SIGILL', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV']
const faultCodes = [132, 134, 135, 136, 139]

/**
 * What a trial's training has come to by itself; undefined where the reason lies outside of it: a full disk, a device
 * that is not there, somebody who killed it.
 */
export function failureOf(error: unknown): TrialFailure | undefined {
  const cause = (error as { cause?: Partial<Cause> } | undefined)?.cause
  const { kind, message, exit } = cause ?? {}
  if (typeof kind !== 'string' || typeof message !== 'string' || !exit) return undefined
  if (['nan', 'out-of-memory', 'bad-input', 'error'].includes(kind)) return { kind, message }
  const fault = faults.includes(exit.signal ?? '') || faultCodes.includes(exit.code ?? 0)
  return kind === 'crashed' && fault ? { kind, message } : undefined
}

/** Failures by the keys of what was not made: a sweep that is run again goes on as before. */
export class Failures {
  constructor(private readonly home: string) {}

  async find(key: string): Promise<TrialFailure | undefined> {
    const text = await readRunFile(this.file(key), 1 << 20).catch(() => undefined)
    if (text === undefined) return undefined
    const { kind, message } = Object(parsed(text)) as Partial<TrialFailure>
    return typeof kind === 'string' && typeof message === 'string' ? { kind, message } : undefined
  }

  async note(key: string, { kind, message }: TrialFailure): Promise<void> {
    const file = this.file(key)
    await ensureFolder(dirname(file), await ensureHome(this.home))
    const mode = (await accessOf(this.home)).file | 0o200
    await replaceFile(file, JSON.stringify({ kind, message }), { durable: true, mode })
  }

  async forget(key: string): Promise<void> {
    await rm(this.file(key), { force: true })
  }

  private file(key: string): string {
    return join(this.home, 'sweeps', 'failures', key.slice(0, 2), `${key}.json`)
  }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
