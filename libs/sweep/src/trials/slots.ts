import { Slot } from '@blacksmith/task'

/** The slots of a sweep's trainings: as many as have been trained at once. */
export class Slots {
  private readonly free: Slot[] = []
  private readonly all: Slot[] = [];

  /** Does something in a slot that nobody else is in. */
  async in<T>(work: (slot: Slot) => Promise<T>): Promise<T> {
    const slot = this.free.pop() ?? new Slot()
    if (!this.all.includes(slot)) this.all.push(slot)
    try {
      return await work(slot)
    } finally {
      this.free.push(slot)
    }
  }

  /** Gives back what they hold. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((slot) => slot.close()))
  }
}
