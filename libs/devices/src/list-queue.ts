import type { BusyDevice, HolderRecord } from '@blacksmith/native'
import { deviceIdOf } from './device-id'
import { surveyIfThere } from './list-devices'
import { asUserError } from './refusal'
import { deviceSettings } from './settings'

/** Who holds devices or waits for them. */
export interface QueueEntry {
  /** 0 for a holder, else the place in the queue. */
  place: number
  /** Ids of what is held, of a board that of its first device; for a waiter how many of which kinds it waits for. */
  devices: string[]
  project: string
  target: string
  host: string
  pid: number
  uid: number
  /** Seconds since the epoch. */
  since: number
  /** Executor and supervisor are dead and something that they started is not: it ends with the next request. */
  abandoned: boolean
}

export interface QueueListing {
  directory: string
  holders: QueueEntry[]
  /** First come, first served. */
  waiters: QueueEntry[]
}

/** What `blacksmith queue` shows. Reads only: no lease directory is made. */
export async function listQueue(env: NodeJS.ProcessEnv = process.env): Promise<QueueListing> {
  return asUserError(async () => {
    const directory = deviceSettings(env).leaseDirectory
    const survey = await surveyIfThere(directory)
    const holders = byLease(survey.held).map(([first, ...others]) => {
      const ids = [first, ...others].map(({ name }) => deviceIdOf(name))
      return entry(0, ids, first.holder, first.abandoned)
    })
    const waiters = survey.waiters.map(({ holder, needs }, index) => {
      const devices = needs.map(
        ({ count, candidates }) => `${count} ${candidates[0]?.split('-')[0] ?? 'device'}`,
      )
      return entry(index + 1, devices, holder, false)
    })
    return { directory, holders, waiters }
  })
}

/** Devices of one lease together; one without a readable record stands alone. */
function byLease(held: BusyDevice[]): [BusyDevice, ...BusyDevice[]][] {
  const groups = new Map<string, [BusyDevice, ...BusyDevice[]]>()
  for (const device of held) {
    const key = device.holder.lease || device.name
    const group = groups.get(key)
    if (group) group.push(device)
    else groups.set(key, [device])
  }
  return [...groups.values()]
}

function entry(place: number, devices: string[], holder: HolderRecord, abandoned: boolean): QueueEntry {
  const { project, target, host, uid, since } = holder
  return { place, devices, project, target, host, pid: holder.executor.pid, uid, since, abandoned }
}
