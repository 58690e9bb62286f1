import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Placement } from '@blacksmith/config'
import { type Lease, type LeaseOptions, leaseDevices } from '@blacksmith/devices'
import type { Session } from '@blacksmith/terminal'
import { type WarmOptions, WarmTrainer } from '@blacksmith/trainer'
import { temporaryFolder } from './temporary-folder'

/**
 * Devices that trainings take one after the other, and the process that their trainers are forked from: what many short
 * trainings have in common, they wait for once.
 */
export class Slot {
  #lease: { lease: Promise<Lease>; placement: Placement } | undefined
  #warm: WarmTrainer | undefined
  #folder: string | undefined

  /** The slot's devices; they are given back with the slot, or where somebody else waits for them. */
  async lease(placement: Placement, o: LeaseOptions): Promise<Lease> {
    const held = this.#lease
    if (held && (!isDeepStrictEqual(held.placement, placement) || (await (await held.lease).isWanted())))
      await this.close()
    this.#lease ??= { lease: leaseDevices(placement, o), placement }
    try {
      return await this.#lease.lease
    } catch (error) {
      this.#lease = undefined
      throw error
    }
  }

  /**
   * An empty folder, which has the same name each time: libraries note it as they are imported. It is inside one that
   * stays, so that nobody else can take the name meanwhile.
   */
  temporaryFolder(): string {
    this.#folder ??= temporaryFolder()
    const folder = join(this.#folder, 'run')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { mode: 0o700 })
    return folder
  }

  /** What a trainer of the slot is forked from, if it may be. */
  async warm(o: WarmOptions): Promise<WarmTrainer> {
    if (this.#warm?.fits(o)) return this.#warm
    await this.#warm?.close()
    this.#warm = new WarmTrainer(o)
    return this.#warm
  }

  /** Ends its process and gives its devices back, which are then looked at if a trainer left them out of order. */
  async close(): Promise<void> {
    const [held, warm, folder] = [this.#lease, this.#warm, this.#folder]
    // At once: a training that begins meanwhile has its own, and loses nothing.
    this.#lease = this.#warm = this.#folder = undefined
    await warm?.close()
    await (await held?.lease)?.release()
    if (folder) rmSync(folder, { recursive: true, force: true })
  }
}

/** Devices are waited for last: who waits for another run holds none, since that one may wait for them. */
export function giveWay({ slot, session }: { slot?: Slot | undefined; session: Session }): void {
  slot?.close().catch((error: unknown) => session.display.note(`${error}`))
}
