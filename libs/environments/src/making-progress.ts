import { formatBytes } from '@blacksmith/text'
import { bytesOf, listTree } from './tree'

/** What is going on. */
interface Phase {
  words: string
  /** The folder whose bytes show how far it is. */
  growing: string | undefined
}

/** The order in which packages are installed, and how many were there before. */
interface Installing {
  names: string[]
  before: Promise<number>
}

/** After so many ms something is printed; on a busy machine that takes a while too, and nobody is to wait for over 5 s. */
const longestSilence = 3000

/** Prints how far the making of an environment is, also while an installer says nothing for minutes. */
export class MakingProgress {
  readonly #began = Date.now()
  readonly #timer: NodeJS.Timeout
  readonly #o: { folder: string; packages: number; print: (line: string) => void; silence?: number }
  #phase: Phase = { words: 'beginning', growing: undefined }
  #installing: Installing | undefined
  #sought = 0
  #printedAt = Date.now()
  #printing = false

  /**
   * @param o.folder the environment
   * @param o.packages how many are pinned
   * @param o.silence ms after which something is printed
   */
  constructor(o: { folder: string; packages: number; print: (line: string) => void; silence?: number }) {
    this.#o = o
    const silence = o.silence ?? longestSilence
    this.#timer = setInterval(() => void this.#printStatus(silence), silence / 8)
  }

  /** From now on this is what is waited for. */
  begin(words: string, growing?: string): void {
    this.#phase = { words, growing }
    this.#installing = undefined
    this.#sought = 0
  }

  print(line: string): void {
    this.#printedAt = Date.now()
    this.#o.print(`  ${line.length > 98 ? `${line.slice(0, 97)}…` : line}`)
  }

  /** Takes a line of pip or uv: some are passed on, from others it is known how far they are. */
  readLine(line: string): void {
    const text = line.trim()
    // Of a wheel that lies on the disk pip only gives the path.
    const [, collecting] =
      text.match(/^(?:Collecting |Processing (?:\S*\/)?)(\w[\w.]*(?:-[a-z_][\w.]*)*)/i) ?? []
    const [, resolved] = text.match(/^Resolved (\d+) packages?\b/) ?? []
    const [, installing] = text.match(/^Installing collected packages: (.+)/) ?? []
    if (collecting !== undefined) {
      const many = Math.max(++this.#sought, this.#o.packages)
      this.#phase.words = `looking for package ${this.#sought} of ${many}, ${collecting}`
    }
    if (/^Downloading /.test(text)) this.#phase.words = text.replace(/^D/, 'd')
    if (installing !== undefined) this.#install(installing.split(', '))
    if (resolved !== undefined) this.#install(Array.from({ length: Number(resolved) }, () => ''))
    if (/^(Downloading|Installing collected|Successfully installed|Prepared|Installed|Built) /.test(text)) {
      this.print(text)
    }
  }

  /** How far it is, for example `installing package 12 of 31, torch: 512.3 MB, 24 s so far`. */
  async status(): Promise<string> {
    const { words, growing } = this.#phase
    const installing = this.#installing
    const before = await installing?.before
    const seconds = `${Math.round((Date.now() - this.#began) / 1000)} s so far`
    const folder = installing ? this.#o.folder : growing
    const entries = folder === undefined ? [] : [...(await entriesOf(folder))]
    const bytes = entries.reduce((sum, [, stat]) => sum + bytesOf(stat), 0)
    const size = bytes === 0 ? '' : `${formatBytes(bytes)}, `
    const what = installing ? counted(installing.names, installed(entries) - (before ?? 0)) : words
    return `${what}: ${size}${seconds}`
  }

  end(): void {
    clearInterval(this.#timer)
  }

  #install(names: string[]): void {
    const before = entriesOf(this.#o.folder).then((entries) => installed([...entries]))
    this.#installing = { names, before }
  }

  async #printStatus(silence: number): Promise<void> {
    if (this.#printing || Date.now() - this.#printedAt < silence) return
    this.#printing = true
    try {
      const line = await this.status()
      if (Date.now() - this.#printedAt >= silence) this.print(line)
    } finally {
      this.#printing = false
    }
  }
}

function counted(names: string[], ready: number): string {
  const done = Math.min(Math.max(ready, 0), names.length - 1)
  const name = names[done]
  return `installing package ${done + 1} of ${names.length}${name ? `, ${name}` : ''}`
}

/** Installers write this file of a package last; packages that carry others have theirs further below. */
const lastOfPackage = /^lib\/[^/]+\/site-packages\/[^/]+\.dist-info\/INSTALLER$/

function installed(entries: readonly (readonly [string, string])[]): number {
  return entries.filter(([path]) => lastOfPackage.test(path)).length
}

/** Files come and go while they are listed. */
async function entriesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  return listTree(folder).then(
    ({ entries }) => entries,
    () => new Map(),
  )
}
