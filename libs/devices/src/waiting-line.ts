import type { BusyDevice, Waiting } from '@blacksmith/native'

/** Tells people what is waited for: once at the start, and again whenever it changes. */
export class WaitingLine {
  private shown: string | undefined

  constructor(private readonly onWait: ((line: string) => void) | undefined) {}

  show(waiting: Waiting): void {
    // While somebody else decides, nothing is known that could be told.
    if (waiting.undecided) return
    const line = describeWaiting(waiting)
    if (line !== this.shown) this.onWait?.(line)
    this.shown = line
  }
}

/** `place 2 in the queue; cpu-0 is held by lightning-mnist:train of user 0, pid 123 on box7, since 12:01:07` */
export function describeWaiting(waiting: Waiting): string {
  if (waiting.undecided) return 'somebody holds queue.lock in the lease directory'
  const place = `place ${waiting.ahead + 1} in the queue`
  return [place, ...byHolder(waiting.busy)].join('; ')
}

/** One phrase for each holder, however many devices it has. */
function byHolder(busy: BusyDevice[]): string[] {
  const devices = new Map<string, string[]>()
  for (const device of busy) {
    const holder = describeHolder(device)
    devices.set(holder, [...(devices.get(holder) ?? []), device.name])
  }
  return [...devices].map(([holder, names]) => `${names.join(', ')} held by ${holder}`)
}

function describeHolder({ holder, processes }: BusyDevice): string {
  if (processes.length === 0) return holder.description
  const names = processes.map(({ pid, command }) => `${pid} (${command})`).join(', ')
  return `processes ${names}, although its lease file was deleted`
}
