import type { DeviceKind } from '@blacksmith/config'

/** A job as an engine gets it: one process on one machine, which finds all that it needs in a folder. */
export interface LaunchedJob {
  /** Short, the same for whoever asks for this work, and by which the engine finds it again. */
  name: string
  /** The whole identity. Names are short, and other people may use them. */
  comment: string
  /** The program with its arguments, as paths that the machines of the cluster know. */
  command: readonly string[]
  /** Where it starts. The machines of the cluster have it too. */
  folder: string
  /** What the engine itself has to say, and what is printed before the program can write anywhere else. */
  log: string
  kind: DeviceKind
  /** Devices of that kind; 1 for the CPU. */
  count: number
  threads: number
  /** Machines on which it was lost before. */
  avoid: readonly string[]
}

/** What an engine says of a job that has not ended. */
export interface JobState {
  name: string
  comment: string
  /** By which people ask the engine about it. */
  reference: string
  phase: 'waiting' | 'running'
  /** 1 for the next one of its queue, where that is known. */
  place?: number | undefined
  /** Why it waits, in the engine's words. */
  reason?: string | undefined
  /** The machine that it runs on. */
  machine?: string | undefined
}

/** How a job ended, as far as the engine knows; only for what our own records do not say. */
export interface JobEnd {
  how: 'cancelled' | 'out-of-memory' | 'other'
  /** In the engine's words. */
  words: string
  machine?: string | undefined
}

/**
 * What runs jobs elsewhere. It is told little and believed less: what has come of a job stands in its folder, and an
 * engine that has forgotten a job, or does not answer, loses nothing.
 */
export interface Launcher {
  /** As people call it. */
  readonly name: string
  /** Seconds from one `look` to the next, of all commands of a person together. */
  readonly lookEvery: number
  /**
   * Hands a job over, once: one of that name and comment that is there already is not handed over again, even where the
   * engine's answer was lost.
   *
   * @returns the engine's own reference
   * @throws Unanswered where the engine cannot be asked now
   * @throws UserError where it refuses the job
   */
  submit(job: LaunchedJob): Promise<string>
  /**
   * All jobs of this person that have not ended.
   *
   * @throws Unanswered
   */
  look(): Promise<JobState[]>
  /** Why a job is there no more; undefined where the engine has forgotten it. */
  endOf(name: string, comment: string, reference: string): Promise<JobEnd | undefined>
  /** Ends it, waiting or running. One that has ended is no error. */
  cancel(job: Pick<JobState, 'name' | 'comment'>): Promise<void>
  /** In the job: the devices that the engine has given it, out of those of the machine; all of them where it does not say. */
  given(kind: DeviceKind): Promise<number[] | undefined>
  /** In the job, once it has stopped well before a limit of time: has the engine start it again. */
  again(): Promise<void>
}

/** The engine cannot be asked now: whoever asks waits, and asks again. */
export class Unanswered extends Error {}
