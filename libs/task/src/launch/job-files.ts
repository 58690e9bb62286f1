import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { replaceFile } from '@blacksmith/config/header'
import { targets } from '@blacksmith/store'
import { z } from 'zod'

/** What travels with a job: what was asked for, and what the one who asked knows of its key. */
export const jobRecord = z.object({
  version: z.literal(1),
  /** The digest that stands for the work, whoever asks for it. */
  id: z.string(),
  project: z.string(),
  target: z.enum(targets),
  configuration: z.string(),
  /** Relative to the snapshot, as they were to the workspace. */
  directory: z.string(),
  flags: z.object({
    device: z.string(),
    devices: z.number(),
    threads: z.number(),
    set: z.array(z.string()),
  }),
  /** Components of the key, as far as they are known where it was asked for. */
  components: z.record(z.string(), z.json()),
  /** Where the workspace itself lies, for messages. */
  workspace: z.string(),
  /** BLACKSMITH_HOME of the node, and the name of the store of the one who asked. */
  home: z.string(),
  store: z.string(),
  /** The remote that both share, and what else variables say of the node's work; paths are absolute. */
  settings: z.record(z.string(), z.string()),
  fresh: z.boolean(),
  /** Keys of what it reads, by the targets that made it. */
  inputs: z.partialRecord(z.enum(targets), z.string()),
  /** By which the launcher that it was handed to is known. */
  launcher: z.string(),
  /** Of the workspace, for the records of the run. */
  revision: z.object({ commit: z.string().nullable(), dirty: z.boolean() }),
  asked: z.object({ host: z.string(), user: z.string(), at: z.string() }),
})
export type JobRecord = z.infer<typeof jobRecord>

const trainerEnd = z.object({
  kind: z.string(),
  message: z.string(),
  exit: z.object({ code: z.number().nullable(), signal: z.string().nullable() }),
})
type TrainerEnd = z.infer<typeof trainerEnd>

/** What has come of a job. The first one that is written stands. */
export const outcomeRecord = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('finished'),
    key: z.string(),
    machine: z.string(),
    /** Where it can be fetched from, where the machine's store is another one. */
    remote: z.string().optional(),
  }),
  z.object({
    kind: z.literal('failed'),
    problems: z.array(
      z.object({
        file: z.string().optional(),
        flag: z.string().optional(),
        line: z.number().optional(),
        column: z.number().optional(),
        field: z.string().optional(),
        message: z.string(),
        remedy: z.string().optional(),
        frame: z.string().optional(),
      }),
    ),
    machine: z.string(),
    /** How its trainer ended, where it had one: what a sweep tells a trial that has failed from a fault outside by. */
    cause: trainerEnd.optional(),
  }),
  z.object({ kind: z.literal('cancelled'), by: z.string() }),
])
/** The part of an error's cause that a record holds; undefined where a trainer was not the cause. */
export function causeOf(error: Error): TrainerEnd | undefined {
  return trainerEnd.optional().catch(undefined).parse(error.cause)
}

export type OutcomeRecord = z.infer<typeof outcomeRecord>

const submissionRecord = z.object({ reference: z.string(), at: z.number(), avoid: z.array(z.string()) })
export type SubmissionRecord = z.infer<typeof submissionRecord>

const attemptRecord = z.object({
  machine: z.string(),
  started: z.string(),
  /** Of one whose time was over: the step of its last checkpoint. */
  outOfTimeAt: z.number().optional(),
})
export type AttemptRecord = z.infer<typeof attemptRecord>

/**
 * One time that a job was asked for: its snapshot of the workspace, and all that is said of it. A job whose last round
 * has an outcome begins another one when it is asked for again.
 */
export class Round {
  readonly snapshot: string
  /** What the engine says, and what is printed before anything else can be written. */
  readonly log: string
  /** How the workspace differed from its commit; not there where it did not. */
  readonly changes: string

  constructor(readonly folder: string) {
    this.snapshot = join(folder, 'workspace')
    this.log = join(folder, 'job.log')
    this.changes = join(folder, 'changes.diff')
  }

  get number(): number {
    return Number(this.folder.split('/').at(-1))
  }

  record(): JobRecord | undefined {
    return read(join(this.folder, 'job.json'), jobRecord)
  }

  outcome(): OutcomeRecord | undefined {
    return read(join(this.folder, 'outcome.json'), outcomeRecord)
  }

  /** @returns what stands, if somebody else was first */
  async end(outcome: OutcomeRecord): Promise<OutcomeRecord> {
    const file = join(this.folder, 'outcome.json')
    const partial = `${file}.${process.pid}-${Date.now()}`
    await writeFile(partial, JSON.stringify(outcome, null, 2))
    try {
      await link(partial, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      await rm(partial, { force: true })
    }
    return this.outcome() ?? outcome
  }

  /** Each time that it was handed to the engine. */
  submissions(): SubmissionRecord[] {
    return read(join(this.folder, 'submissions.json'), z.array(submissionRecord)) ?? []
  }

  async noteSubmission(submission: SubmissionRecord): Promise<void> {
    const all = JSON.stringify([...this.submissions(), submission], null, 2)
    await replaceFile(join(this.folder, 'submissions.json'), all, { durable: true })
  }

  /** The numbers of its attempts, in order. */
  attempts(): number[] {
    return numbers(join(this.folder, 'attempts'))
  }

  attempt(number: number): AttemptRecord | undefined {
    return read(join(this.attemptFolder(number), 'attempt.json'), attemptRecord)
  }

  attemptFolder(number: number): string {
    return join(this.folder, 'attempts', String(number))
  }

  events(attempt: number): string {
    return join(this.attemptFolder(attempt), 'events.jsonl')
  }

  async noteOutOfTime(number: number, step: number): Promise<void> {
    const record = JSON.stringify({ ...this.attempt(number), outOfTimeAt: step })
    await replaceFile(join(this.attemptFolder(number), 'attempt.json'), record, { durable: false })
  }

  /** Begins an attempt in a folder that no other has. */
  async beginAttempt(record: AttemptRecord): Promise<number> {
    await mkdir(join(this.folder, 'attempts'), { recursive: true })
    for (let number = (this.attempts().at(-1) ?? 0) + 1; ; number++) {
      try {
        await mkdir(this.attemptFolder(number))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
        throw error
      }
      await replaceFile(join(this.attemptFolder(number), 'attempt.json'), JSON.stringify(record), {
        durable: false,
      })
      return number
    }
  }
}

/** All that there is of one job, below the folder that login nodes and nodes share. */
export class JobFolder {
  readonly folder: string

  constructor(
    jobs: string,
    readonly id: string,
  ) {
    this.folder = join(jobs, id)
  }

  get lock(): string {
    return join(this.folder, 'lock')
  }

  get rounds(): string {
    return join(this.folder, 'rounds')
  }

  round(number: number): Round {
    return new Round(join(this.rounds, String(number)))
  }

  /** The last one, if there is any. */
  latest(): Round | undefined {
    const number = numbers(this.rounds).at(-1)
    return number === undefined ? undefined : this.round(number)
  }
}

/** The folder of all jobs, of a round in it. */
export function jobsOf({ folder }: Round): string {
  return resolve(folder, '../../..')
}

/** All jobs below the folder that is shared. */
export function listJobs(jobs: string): JobFolder[] {
  return names(jobs)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((id) => new JobFolder(jobs, id))
}

function numbers(folder: string): number[] {
  return names(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** What cannot be read, since it is not there yet or was cut, is not there. */
function read<T extends z.ZodType>(file: string, schema: T): z.output<T> | undefined {
  try {
    const result = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    return result.success ? result.data : undefined
  } catch {
    return undefined
  }
}
