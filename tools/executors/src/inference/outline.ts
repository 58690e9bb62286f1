import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { type Header, isUserError, readHeader } from '@blacksmith/config/header'
import { parsedFolder } from '@blacksmith/store/home'

/** What of a header the targets are made from; an unreadable header has no more than its folder's name. */
export type Outline = Pick<Header, 'framework' | 'project' | 'configurations' | 'devices' | 'threads'> &
  Partial<Pick<Header, 'dataset'>> & { description: string }

/** Raised when an outline holds something else. */
const format = 1
/** Outlines of long ago make room. */
const mostEntries = 5000

/**
 * Outlines of experiments by the content that they follow from: parsing YAML with positions is most of the time
 * that a graph of hundreds of experiments takes. The file is a cache that may vanish at any time.
 */
export class Outlines {
  private readonly file = join(parsedFolder(), 'outlines.json')
  private readonly known: Map<string, Outline>
  private readonly code = codeDigest()
  private changed = false

  constructor(private readonly workspaceRoot: string) {
    this.known = readStored(this.file)
  }

  /** @param file workspace-relative path of an experiment.yaml */
  of(file: string): Outline {
    const digest = this.digest(file)
    const known = digest && this.known.get(digest)
    if (known) return known
    try {
      const outline = outlineOf(readHeader(this.workspaceRoot, file))
      if (digest) this.known.set(digest, outline)
      this.changed = true
      return outline
    } catch (error) {
      if (!isUserError(error)) throw error
      return unreadable(file, error)
    }
  }

  save(): void {
    if (!this.changed) return
    const partial = `${this.file}.${process.pid}`
    try {
      mkdirSync(dirname(this.file), { recursive: true })
      writeFileSync(partial, JSON.stringify({ format, entries: [...this.known].slice(-mostEntries) }))
      renameSync(partial, this.file)
      this.changed = false
    } catch {
      // A folder that cannot be written costs the next graph its time, and nothing else.
      if (existsSync(partial)) rmSync(partial)
    }
  }

  /** Of all that a header follows from: the YAML, the names of its overlays, and the code that reads them. */
  private digest(file: string): string | undefined {
    try {
      const directory = join(this.workspaceRoot, posix.dirname(file))
      const overlays = ['configs', 'devices'].map((folder) => names(join(directory, folder)))
      return createHash('sha256')
        .update(JSON.stringify([this.code, file, overlays]))
        .update(readFileSync(join(this.workspaceRoot, file)))
        .digest('hex')
    } catch {
      // Whatever is wrong with the files, reading the header names it.
      return undefined
    }
  }
}

function outlineOf({
  framework,
  project,
  configurations,
  devices,
  threads,
  dataset,
  description,
}: Header): Outline {
  return { framework, project, configurations, devices, threads, dataset, description }
}

function unreadable(file: string, error: Error): Outline {
  const [, framework = '', name = ''] = posix.dirname(file).split('/')
  return {
    framework,
    project: `${framework}-${name}`,
    configurations: [],
    devices: ['cpu'],
    threads: 2,
    description: `cannot be read: ${error.message.split('\n')[0]}`,
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Outlines are read anew when the code that reads them is another one. */
function codeDigest(): string {
  const sources = join(dirname(require.resolve('@blacksmith/config/header')), 'src')
  const hash = createHash('sha256')
  for (const folder of ['header', 'yaml'].map((name) => join(sources, name))) {
    for (const name of names(folder))
      if (!name.endsWith('.test.ts')) hash.update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex')
}

function readStored(file: string): Map<string, Outline> {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { format: number; entries: [string, Outline][] }
    return new Map(stored.format === format ? stored.entries : [])
  } catch {
    // Absent or broken: the headers are read again.
    return new Map()
  }
}
