import type { LiveRuns } from '../live/live-runs'
import type { RunIndex } from '../runs/run-index'
import type { EventHub } from './event-hub'

/** A table of facts about the box that somebody else knows: devices, or the queue for them. */
export type FactsProvider = () => Promise<Record<string, unknown>[]>

/** What the dashboard looks at while somebody looks at it. */
export interface Watched {
  live: () => Promise<LiveRuns>
  index: RunIndex
  devices: FactsProvider | undefined
  queue: FactsProvider | undefined
}

const liveMs = 1000
const factsMs = 2000
const indexMs = 5000
const keepAliveMs = 15_000

/** Looks for news and publishes them, as long as anyone listens; a page that nobody has open costs nothing. */
export function watch(hub: EventHub, watched: Watched): { stop(): void } {
  const { live, index, devices, queue } = watched
  const publishIndex = () => hub.publish('index', { count: index.size, complete: index.complete })
  const jobs = [
    repeat(liveMs, hub, async () => {
      const { running, stopped } = await live()
      hub.publish('live', running)
      hub.publish('stopped', stopped)
    }),
    repeat(factsMs, hub, async () => hub.publish('devices', await factsOf(devices))),
    repeat(factsMs, hub, async () => hub.publish('queue', await factsOf(queue))),
    repeat(indexMs, hub, async () => {
      // A new run and a deleted one leave the count as it was, and the page has to know all the same.
      if (await index.refresh(publishIndex)) hub.publish('changed', { at: Date.now() })
      publishIndex()
    }),
    repeat(keepAliveMs, hub, async () => hub.keepAlive()),
  ]
  return {
    stop() {
      for (const stop of jobs) stop()
    },
  }
}

/** The rows of a table, or why there are none now: one that cannot be read must not look like an empty one. */
async function factsOf(
  provider: FactsProvider | undefined,
): Promise<{ rows: Record<string, unknown>[] } | { problem: string }> {
  try {
    return { rows: (await provider?.()) ?? [] }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

function repeat(ms: number, hub: EventHub, job: () => Promise<void>): () => void {
  let stopped = false
  let timer: NodeJS.Timeout
  const turn = async () => {
    if (hub.listeners > 0) {
      // What cannot be read now (a folder being deleted) is read the next time.
      await job().catch(() => undefined)
    }
    if (!stopped) timer = setTimeout(turn, hub.listeners > 0 ? ms : Math.min(ms, 250))
  }
  timer = setTimeout(turn, 0)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
