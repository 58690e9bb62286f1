import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '@blacksmith/config/header'
import { ensureFolder, ensureHome } from '../disk/access'
import type { Layout } from '../home'

/**
 * What a store has from pull requests: artifacts by their keys, and checkpoints by the lineages of their trainings. Who
 * works in the same store for what is trusted must not find them.
 */
export class OfRequests {
  readonly #folder: string

  constructor(readonly layout: Layout) {
    this.#folder = join(layout.remotes, 'of-requests')
  }

  /** The scope that it came from; undefined for what is our own, or trusted. */
  scopeOf(name: string): string | undefined {
    try {
      return readFileSync(join(this.#folder, name), 'utf8')
    } catch {
      return undefined
    }
  }

  /** Noted before it comes, and anew without a moment between: who dies on the way must not leave it unnoted. */
  async note(name: string, scope: string): Promise<void> {
    const file = join(this.#folder, name)
    await ensureFolder(dirname(file), await ensureHome(this.layout.home))
    await replaceFile(file, scope, { durable: true })
  }

  async forget(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true })
  }
}
