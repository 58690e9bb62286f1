import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { accessOf, ensureFolder } from '../disk/access'
import type { Layout } from '../home'
import { sha256 } from '../key/key'
import type { OpenRemote } from './remotes'

/** An artifact that a remote has not got yet. */
export interface Owed {
  key: string
  /** What the remote has under the key is of no use. */
  replace: boolean
}

/**
 * What a store knows of a scope of a remote: which artifacts are there, and which are owed to it. A store that cannot be
 * written to notes nothing, and the remote is asked again.
 */
export class Ledger {
  readonly #sent: string
  readonly #owed: string

  constructor(
    readonly layout: Layout,
    { name, scope }: OpenRemote,
  ) {
    const folder = join(layout.remotes, sha256(`${name}\n${scope}`).slice(0, 16))
    this.#sent = join(folder, 'sent')
    this.#owed = join(folder, 'owed')
  }

  isSent(key: string): boolean {
    return existsSync(join(this.#sent, key))
  }

  async noteSent(key: string): Promise<void> {
    await this.#note(join(this.#sent, key), '')
    await this.settle(key)
  }

  async owe({ key, replace }: Owed): Promise<void> {
    await this.#note(join(this.#owed, key), replace ? 'replace' : '')
  }

  /** What is owed is not any more, or cannot be sent. */
  async settle(key: string): Promise<void> {
    await rm(join(this.#owed, key), { force: true }).catch(() => undefined)
  }

  async forget(key: string): Promise<void> {
    await rm(join(this.#sent, key), { force: true }).catch(() => undefined)
    await this.settle(key)
  }

  async owed(): Promise<Owed[]> {
    const names = await readdir(this.#owed).catch(() => [])
    // A network file system puts names of its own beside ours.
    const keys = names.filter((name) => /^[0-9a-f]{64}$/.test(name))
    return Promise.all(
      keys.map(async (key) => {
        const note = await readFile(join(this.#owed, key), 'utf8').catch(() => '')
        return { key, replace: note === 'replace' }
      }),
    )
  }

  async #note(file: string, text: string): Promise<void> {
    try {
      await ensureFolder(dirname(file), await accessOf(this.layout.home))
      // Another user of a shared store may have written it.
      await rm(file, { force: true })
      await writeFile(file, text)
    } catch {
      // Read-only or full: then the remote is asked once more.
    }
  }
}
