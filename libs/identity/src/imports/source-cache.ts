import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { replaceFileSync, UserError } from '@blacksmith/config/header'
import { askPython } from './ask-python'
import type { ParsedFile } from './parsed-file'

/** The name of a `file` that several parts share. */
export const importsFile = 'imports.json'

/** Raised whenever the same source would be read otherwise, or be written in another shape. */
const format = 1
/** Sources of long ago make room: more entries than this are not kept in the file. */
const mostEntries = 20_000

/** A source: what was read of it, the digest of that, and what it imports. */
export interface Source {
  bytes: Buffer
  digest: string
  parsed: ParsedFile
}

/**
 * What sources import, by the digest of their bytes: each is parsed once in a process, and with a `file` once
 * for all processes. The file is a cache that may vanish or be broken at any time, and nothing is lost; two
 * processes may write it at once, and one of them wins.
 */
export class SourceCache {
  private readonly entries = new Map<string, ParsedFile>()
  /** Read from the file, and not needed so far. */
  private stored: Map<string, ParsedFile> | undefined
  private changed = false

  constructor(private readonly file?: string) {}

  /** Reads a file and what it imports. */
  read(path: string): Source {
    // To open a FIFO would be to wait for whoever writes into it.
    if (!statSync(path).isFile()) {
      throw new UserError({
        file: path,
        message: 'is imported, and is no regular file',
        remedy: 'put a Python file in its place',
      })
    }
    const bytes = readFileSync(path)
    const digest = createHash('sha256').update(bytes).digest('hex')
    const known = this.entries.get(digest) ?? this.fromFile(digest)
    const parsed = known ?? parse(bytes.toString('utf8'))
    // Set anew where it is known, too: the latest entries are kept.
    this.entries.delete(digest)
    this.entries.set(digest, parsed)
    this.changed ||= known === undefined && parsed.problems.length === 0
    return { bytes, digest, parsed }
  }

  /** Writes what is new into the file. */
  save(): void {
    if (this.file === undefined || !this.changed) return
    // Whoever wrote it since we read it has parsed other files: both are kept.
    const all = new Map([...readStored(this.file), ...this.entries])
    // Whether something is valid Python depends on the Python that was asked.
    const kept = [...all].filter(([, { problems }]) => problems.length === 0).slice(-mostEntries)
    try {
      mkdirSync(dirname(this.file), { recursive: true })
      replaceFileSync(this.file, packed(kept))
      this.changed = false
    } catch {
      // A full disk or a folder that cannot be written costs the next process its time, and nothing else.
    }
  }

  private fromFile(digest: string): ParsedFile | undefined {
    if (this.file === undefined) return undefined
    this.stored ??= readStored(this.file)
    return this.stored.get(digest)
  }
}

/** Python has the last word on what our own parser does not understand. */
function parse(source: string): ParsedFile {
  // Loaded when it is needed: to load the grammar takes longer than to read the cache for 500 recipes.
  const { parseImports } = require('./parse-imports') as typeof import('./parse-imports')
  const parsed = parseImports(source)
  if (parsed.problems.length === 0) return parsed
  return askPython([source])?.[0] ?? parsed
}

/** A digest of all that follows it comes first: a file that was cut or changed is not believed. */
function packed(entries: readonly [string, ParsedFile][]): string {
  const body = JSON.stringify({ format, entries })
  return `${digestOf(body)}\n${body}`
}

function readStored(file: string): Map<string, ParsedFile> {
  try {
    const text = readFileSync(file, 'utf8')
    const body = text.slice(text.indexOf('\n') + 1)
    if (text !== `${digestOf(body)}\n${body}`) return new Map()
    const stored = JSON.parse(body) as { format: number; entries: [string, ParsedFile][] }
    return stored.format === format ? new Map(stored.entries) : new Map()
  } catch {
    // Absent, unreadable, or of another kind altogether: the sources are parsed again.
    return new Map()
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
