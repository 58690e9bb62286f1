import { hostname } from 'node:os'
import { join } from 'node:path'
import { replaceFileSync } from '@blacksmith/config/header'
import { z } from 'zod'
import { processStart } from './process-start'
import { type ProgressEvent, ProgressState } from './progress/state'

/** The file in a run's working folder that says who works there and how far they are. */
export const liveFileName = 'live.json'

const writeMs = 1000
/** Of what a trainer says or a person gives; a record is read again every second. */
const longestText = 4000
const mostMetrics = 100

const counter = z.object({ at: z.number(), of: z.number().optional() }).optional()

/** What live.json holds. */
export const liveRecord = z.object({
  version: z.literal(1),
  project: z.string(),
  configuration: z.string(),
  target: z.string(),
  /** What was set by flags, as it was given: `training.epochs=3`. */
  overrides: z.array(z.string()).default([]),
  device: z.string(),
  host: z.string(),
  pid: z.number(),
  /** When the process began, in the kernel's own unit: a number of a process that is gone may be given again. */
  pid_start: z.string().nullable(),
  /** Seconds since the epoch. */
  started: z.number(),
  updated: z.number(),
  step: counter,
  epoch: counter,
  rate: z.object({ perSecond: z.number(), unit: z.string() }).optional(),
  metrics: z.record(z.string(), z.union([z.number(), z.string()])),
  seconds_left: z.number().optional(),
  temperature: z.number().optional(),
  /** Set when the run has failed or was stopped: the folder stays, since it can go on from there. */
  failure: z.object({ kind: z.string(), message: z.string() }).optional(),
})
export type LiveRecord = z.infer<typeof liveRecord>

/** What is known about a run before it begins. */
export interface LiveRun {
  project: string
  configuration: string
  target: string
  /** What was set by flags, as it was given: `training.epochs=3`. */
  overrides: readonly string[]
  /** In words: `cpu, 2 threads`. */
  device: string
}

/**
 * Tells whoever looks (the dashboard) how far a run is, through a file in its working folder, at most once a second.
 * Nothing that goes wrong here may cost a training: a full disk only makes the file old.
 */
export function createLiveRecord(
  directory: string,
  run: LiveRun,
): { event(event: ProgressEvent): void; end(): void } {
  const state = new ProgressState()
  const file = join(directory, liveFileName)
  const started = Date.now() / 1000
  let failure: LiveRecord['failure']
  let timer: NodeJS.Timeout | undefined
  const write = () => {
    timer = undefined
    const left = state.secondsLeft()
    const record: LiveRecord = {
      version: 1,
      ...run,
      overrides: run.overrides.map(cut),
      host: hostname(),
      pid: process.pid,
      pid_start: processStart(process.pid) ?? null,
      started,
      updated: Date.now() / 1000,
      step: state.step,
      epoch: state.epoch,
      rate: state.rate,
      metrics: Object.fromEntries([...state.metrics].slice(0, mostMetrics)),
      ...(left === undefined ? {} : { seconds_left: left }),
      ...(state.temperature === undefined ? {} : { temperature: state.temperature }),
      ...(failure === undefined ? {} : { failure }),
    }
    try {
      replaceFileSync(file, JSON.stringify(record))
    } catch {
      // The folder is gone once the run is sealed, and a full disk is reported where it matters.
    }
  }
  write()
  return {
    event(event) {
      if (event.event === 'failed')
        failure = { kind: cut(String(event.kind)), message: cut(String(event.message)) }
      else if (!state.update(event)) return
      timer ??= setTimeout(write, writeMs).unref()
    },
    end() {
      clearTimeout(timer)
      write()
    },
  }
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text
}
