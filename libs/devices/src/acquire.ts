import { closeSync } from 'node:fs'
import { UserError } from '@blacksmith/config'
import {
  type HeldDevice,
  type LeaseRequest,
  loadAddon,
  type Need,
  pauseFor,
  type Waiting,
} from '@blacksmith/native'
import { inspectDevices, type Obstacle } from './inspect'
import type { DeviceSettings } from './settings'
import { describeObstacle, describeWaiting } from './waiting-line'

export interface WaitOptions {
  signal?: AbortSignal
  onWait?: (line: string) => void
}

const firstPause = 10
const longestPause = 150
/** How long a device with a stranger on it, or leftovers of a dead run, is left alone before the next look. */
const obstaclePause = 1000

/** Attempts a request until it is granted with devices that can be used; see `leaseDevices`. */
export async function acquire(
  request: LeaseRequest,
  needs: Need[],
  settings: DeviceSettings,
  o: WaitOptions,
): Promise<HeldDevice[]> {
  // By a clock that is never set: one that is set back would make this wait for hours.
  const obstacles = new Map<string, Obstacle & { until: number }>()
  const endAbandoned = abandonedRuns()
  const end =
    settings.wait === undefined ? Number.POSITIVE_INFINITY : performance.now() + settings.wait * 1000
  let shown: string | undefined
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    o.signal?.throwIfAborted()
    for (const [device, { until }] of obstacles) if (until < performance.now()) obstacles.delete(device)
    const held = request.attempt([...obstacles.keys()])
    if (held.length > 0) {
      const found = await lookOrClose(held, settings)
      if (found.length === 0) return held
      for (const obstacle of found) {
        const until = obstacle.kind === 'sick' ? Number.POSITIVE_INFINITY : performance.now() + obstaclePause
        obstacles.set(obstacle.device, { ...obstacle, until })
      }
      refuseWithoutHope(needs, obstacles)
    }
    const waiting = held.length > 0 ? undefined : request.waiting()
    if (waiting) await endAbandoned(waiting)
    const line = lineFor(waiting, [...obstacles.values()])
    if (line !== undefined && line !== shown) o.onWait?.(line)
    shown = line ?? shown
    if (performance.now() >= end) throw tooLong(settings, shown)
    // Another device may be free right now.
    if (held.length === 0) await pauseFor(Math.min(pause, Math.max(1, end - performance.now())), o.signal)
  }
}

/** Devices that cannot be used are given up at once, all of them: it is all or nothing. */
async function lookOrClose(held: HeldDevice[], settings: DeviceSettings): Promise<Obstacle[]> {
  let obstacles: Obstacle[] | undefined
  try {
    obstacles = await inspectDevices(held, settings)
    return obstacles
  } finally {
    if (obstacles?.length !== 0) for (const device of held) giveUp(device)
  }
}

function giveUp({ fd }: HeldDevice): void {
  loadAddon().finishRecord(fd)
  closeSync(fd)
}

/** Waiting helps against people, not against broken hardware. */
function refuseWithoutHope(needs: Need[], obstacles: Map<string, Obstacle>): void {
  for (const { candidates, count } of needs) {
    const sick = candidates.flatMap((name) => {
      const obstacle = obstacles.get(name)
      return obstacle?.kind === 'sick' ? [obstacle] : []
    })
    if (sick.length === 0 || candidates.length - sick.length >= count) continue
    throw new UserError(
      sick.map((obstacle) => ({ message: describeObstacle(obstacle), remedy: obstacle.fault.remedy })),
    )
  }
}

/** Ends what dead runs have left on a device that is waited for, at most once a second for each run. */
function abandonedRuns(): (waiting: Waiting) => Promise<void> {
  const lastLooks = new Map<string, number>()
  return async (waiting) => {
    const leases = new Set(
      waiting.busy.filter(({ abandoned }) => abandoned).map(({ holder }) => holder.lease),
    )
    for (const lease of leases) {
      if (performance.now() - (lastLooks.get(lease) ?? Number.NEGATIVE_INFINITY) < obstaclePause) continue
      lastLooks.set(lease, performance.now())
      await loadAddon().endLeftovers(lease)
    }
  }
}

/** While somebody else decides, nothing is known that could be shown. */
function lineFor(waiting: Waiting | undefined, obstacles: Obstacle[]): string | undefined {
  if (!waiting || waiting.undecided) return undefined
  return [describeWaiting(waiting), ...obstacles.map(describeObstacle)].join('; ')
}

function tooLong(
  { wait }: DeviceSettings,
  line = 'somebody holds queue.lock in the lease directory',
): UserError {
  return new UserError({
    message: `no device was free within BLACKSMITH_WAIT=${wait} s: ${line}`,
    remedy: 'wait longer or without limit (unset BLACKSMITH_WAIT), or ask the holder',
  })
}
