import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import {
  experimentFile,
  type Header,
  isUserError,
  ownDataPaths,
  readHeader,
  replaceFileSync,
} from '@blacksmith/config/header'
import { parsedFolder } from '@blacksmith/store/home'

/** What of a header the targets are made from; an unreadable header has no more than its folder's name. */
export type Outline = Pick<
  Header,
  'directory' | 'framework' | 'project' | 'configurations' | 'devices' | 'threads' | 'inputs'
> &
  Partial<Pick<Header, 'dataset'>> & {
    description: string
    /** Workspace-relative paths of a person's own data and weights that its files name. */
    own: { dataset: string[]; model: string[] }
  }

/** Raised when an outline holds something else. */
const format = 3
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
      const outline = outlineOf(this.workspaceRoot, readHeader(this.workspaceRoot, file))
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
    try {
      mkdirSync(dirname(this.file), { recursive: true })
      replaceFileSync(this.file, JSON.stringify({ format, entries: [...this.known].slice(-mostEntries) }))
      this.changed = false
    } catch {
      // A folder that cannot be written costs the next graph its time, and nothing else.
    }
  }

  /** Of all that a header follows from: the YAML, its overlays, and the code that reads them. */
  private digest(file: string): string | undefined {
    try {
      const directory = join(this.workspaceRoot, posix.dirname(file))
      const overlays = ['configs', 'devices'].flatMap((folder) =>
        names(join(directory, folder)).map((name) => `${folder}/${name}`),
      )
      const hash = createHash('sha256').update(JSON.stringify([this.code, file, overlays]))
      for (const part of [experimentFile, ...overlays.filter((name) => name.endsWith('.yaml'))])
        hash.update(readRegular(join(directory, part)))
      return hash.digest('hex')
    } catch {
      // Whatever is wrong with the files, reading the header names it.
      return undefined
    }
  }
}

function outlineOf(workspaceRoot: string, header: Header): Outline {
  const { directory, framework, project, configurations, devices, threads, inputs, dataset, description } =
    header
  const own = (section: 'dataset' | 'model') =>
    ownDataPaths(workspaceRoot, directory, section)
      .map((path) => relative(workspaceRoot, resolve(workspaceRoot, path)))
      .filter((path) => path !== '' && !path.startsWith('..'))
  return {
    directory,
    framework,
    project,
    configurations,
    devices,
    threads,
    inputs,
    dataset,
    description,
    own: { dataset: own('dataset'), model: own('model') },
  }
}

function unreadable(file: string, error: Error): Outline {
  const [framework = '', name = ''] = posix.dirname(file).split('/').slice(-2)
  return {
    directory: posix.dirname(file),
    framework,
    project: `${framework}-${name}`,
    configurations: [],
    inputs: [],
    own: { dataset: [], model: [] },
    devices: ['cpu'],
    threads: 2,
    description: `cannot be read: ${error.message.split('\n')[0]}`,
  }
}

/** To open a FIFO would be to wait for whoever writes into it. */
function readRegular(file: string): Buffer {
  if (!statSync(file).isFile()) throw new Error(`${file} is no regular file`)
  return readFileSync(file)
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
