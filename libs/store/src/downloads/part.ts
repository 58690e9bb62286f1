import { readFile, rm, stat, writeFile } from 'node:fs/promises'

/** Where the beginning of a file came from, so that the rest is not taken from another file. */
interface Origin {
  url: string
  /** A strong ETag or a Last-Modified date: what If-Range takes. */
  validator?: string
}

/** The beginning of a download, under a name of its own until it is whole and verified. */
export class Part {
  readonly #originFile: string

  constructor(readonly file: string) {
    this.#originFile = `${file}.json`
  }

  async size(): Promise<number> {
    return stat(this.file).then(
      ({ size }) => size,
      () => 0,
    )
  }

  async origin(): Promise<Origin | undefined> {
    try {
      return JSON.parse(await readFile(this.#originFile, 'utf8')) as Origin
    } catch {
      return undefined
    }
  }

  async setOrigin(origin: Origin): Promise<void> {
    await writeFile(this.#originFile, JSON.stringify(origin))
  }

  async drop(): Promise<void> {
    await rm(this.file, { force: true })
    await rm(this.#originFile, { force: true })
  }

  /** The file was renamed to its final name. */
  async forgetOrigin(): Promise<void> {
    await rm(this.#originFile, { force: true })
  }
}

/** What If-Range accepts of an answer's headers: a weak ETag promises no equal bytes. */
export function validatorOf(headers: Record<string, string | string[] | undefined>): string | undefined {
  const etag = first(headers.etag)
  if (etag !== undefined && !etag.startsWith('W/')) return etag
  return etag === undefined ? first(headers['last-modified']) : undefined
}

export function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
