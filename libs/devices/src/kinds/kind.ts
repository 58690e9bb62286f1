import type { Inventory, Roots, Unit } from '@blacksmith/native'
import type { Check } from '../checks/check'

/** How a machine has devices of one kind, and how a run is kept to those that it was given. */
export interface Kind {
  /** Whether a machine has any, by a look into its /dev alone: the Nx plugin asks on every command. */
  isPresent(dev: string): boolean
  /** Whether a trainer on such a device may open what has this name in /dev. */
  opens(node: string): boolean
  /** Variables that show a trainer just these devices. */
  shown(ids: readonly string[]): Record<string, string>
  /** Variables for a trainer on another kind of device, so that it opens none of these. */
  hidden: Record<string, string>
  /** Variables that name folders of its libraries: each is an error to them where the folder is gone. */
  folders: readonly string[]
  /** What libraries that cannot read ids count these devices as; `units` are all of the machine. */
  numbers(ids: readonly string[], units: readonly Unit[]): string[]
  /** What `blacksmith doctor` says about it; nothing where there is nothing of this kind to look at. */
  checks(inventory: Inventory, roots: Roots): Check[]
}
