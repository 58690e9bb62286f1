import type { BusyDevice, Process, Waiting } from '@blacksmith/native'
import { deviceIdOf } from './device-id'
import type { Obstacle } from './inspect'

/** `place 2 in the queue; cpu0 held by lightning-mnist:train of user 0, pid 123 on box7, since 12:01:07` */
export function describeWaiting(waiting: Waiting): string {
  return [`place ${waiting.ahead + 1} in the queue`, ...byHolder(waiting.busy)].join('; ')
}

export function describeObstacle(obstacle: Obstacle): string {
  if (obstacle.kind === 'sick') return `${deviceIdOf(obstacle.device)} is set aside: ${obstacle.fault.reason}`
  return `${deviceIdOf(obstacle.device)} is used without a lease by ${describeProcesses(obstacle.processes)}`
}

/** One phrase for each holder, however many devices it has. */
function byHolder(busy: BusyDevice[]): string[] {
  const devices = new Map<string, string[]>()
  for (const device of busy) {
    const holder = describeHolder(device)
    devices.set(holder, [...(devices.get(holder) ?? []), deviceIdOf(device.name)])
  }
  return [...devices].map(([holder, names]) => `${names.join(', ')} held by ${holder}`)
}

function describeHolder({ holder, processes, abandoned }: BusyDevice): string {
  if (processes.length > 0) return `${describeProcesses(processes)}, although its lease file was deleted`
  return abandoned ? `what is left of ${holder.description}` : holder.description
}

export function describeProcesses(processes: Process[]): string {
  const names = processes.map(({ pid, command }) =>
    pid === 0 ? 'one in another container' : `${pid} (${command})`,
  )
  return `process${names.length === 1 ? '' : 'es'} ${names.join(', ')}`
}
