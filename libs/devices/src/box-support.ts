import { type LandlockSupport, loadAddon } from '@blacksmith/native'

/** Whether trainers can be held to the files that they may read and write, and to no network. */
export type BoxSupport = LandlockSupport

/** From this ABI on (Linux 6.7), `net closed` in the rules of a box closes TCP. */
export const firstAbiWithNetwork = 4

/** From this ABI on (Linux 6.12), signals end at the border of a box, and abstract UNIX sockets as TCP does. */
export const firstAbiWithScopes = 6

/** Asks the kernel, within microseconds. */
export function boxSupport(): BoxSupport {
  return loadAddon().landlock()
}
