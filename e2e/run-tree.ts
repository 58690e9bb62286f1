import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, killAll, processesWith, type TreeProcess } from '../libs/devices/src/testing/supervised'
import type { Workspace } from './workspace'

/** The processes of a run below nx, and what it wrote of itself into the file of its device, core 0. */
export interface RunTree {
  executor: number
  supervisor: number
  trainer: number
  /** The lease's name, which the supervisor and all that it has started carry. */
  lease: string
}

/** Core 0, so that runs of a test wait for each other. */
export const oneCore = { BLACKSMITH_DEVICE: 'cpu0' }

/** What stands in the lease file of core 0. */
export function leaseRecord(workspace: Workspace): string {
  const file = join(workspace.leases, 'cpu-0.lease')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** Waits until a trainer is there that holds core 0. */
export async function runTree(workspace: Workspace): Promise<RunTree> {
  let found: RunTree | undefined
  await eventually(() => {
    found = findTree(leaseRecord(workspace))
    return found !== undefined
  }, 300)
  if (!found) throw new Error(`no trainer was started: ${leaseRecord(workspace)}`)
  return found
}

/** Kills all that was started in a workspace, for the end of a test. */
export function endAll(workspace: Workspace): void {
  killAll(processesWith('BLACKSMITH_HOME', workspace.home).map(({ pid }) => pid))
}

/** All that carries this lease. */
export function leftOf({ lease }: Pick<RunTree, 'lease'>): TreeProcess[] {
  return processesWith('BLACKSMITH_LEASE', lease)
}

/** The executor has started the outer supervisor, that one the inner one, and that one the trainer. */
function findTree(record: string): RunTree | undefined {
  const lease = /^lease=(.+)$/m.exec(record)?.[1]
  if (!lease) return undefined
  const tree = leftOf({ lease })
  const childOf = (parent: TreeProcess | undefined, command: string) =>
    tree.find((process) => process.parent === parent?.pid && process.command.startsWith(command))
  const outer = tree.find(({ parent }) => !tree.some(({ pid }) => pid === parent))
  const trainer = childOf(childOf(outer, 'blacksmith'), 'python')
  return outer && trainer && { executor: outer.parent, supervisor: outer.pid, trainer: trainer.pid, lease }
}
