import { z } from 'zod'

/**
 * What a trainer reports while it runs: one JSON object a line, on a descriptor of its own. This is the source
 * of the protocol; the Python side (blacksmith.training.events) is checked against it by a test.
 */

const counter = z.number().int().nonnegative()
const values = z.record(z.string(), z.number())
/** Seconds since the epoch. */
const time = z.number()

const kinds = {
  started: {
    target: z.string(),
    device: z.object({ kind: z.string(), count: counter, threads: counter }),
  },
  /** How long a part of the start took, in seconds: imports, data. */
  phase: { name: z.string(), seconds: z.number() },
  /** What goes on while there is no step to report: compiling, validating. */
  doing: { what: z.string() },
  resumed: { step: counter, path: z.string() },
  progress: {
    step: counter,
    of: counter.optional(),
    epoch: counter.optional(),
    epochs: counter.optional(),
    /** `unit` a second. */
    rate: z.number().optional(),
    unit: z.string().optional(),
    metrics: values.optional(),
  },
  metric: { step: counter, epoch: counter.optional(), split: z.string(), values },
  checkpoint: { step: counter, path: z.string(), seconds: z.number() },
  warning: { message: z.string() },
  finished: { metrics: values.optional(), seconds: z.number() },
  failed: {
    /** bad-input, nan, stopped, out-of-memory, disk-full or error. */
    kind: z.string(),
    message: z.string(),
    remedy: z.string().optional(),
    traceback: z.string().optional(),
  },
} as const

type Kinds = typeof kinds
type EventOf<K extends keyof Kinds> = { event: K; time: number } & z.infer<z.ZodObject<Kinds[K]>>

/** An event of a kind that we know. */
export type KnownEvent = { [K in keyof Kinds]: EventOf<K> }[keyof Kinds]

/** An event of a kind that a newer trainer may send: it is kept and shown to nobody. */
export interface UnknownEvent {
  event: string
  time: number
  [field: string]: unknown
}

export type TrainerEvent = KnownEvent | UnknownEvent

const known = new Map(
  Object.entries(kinds).map(([event, shape]) => [
    event,
    z.looseObject({ event: z.literal(event), time, ...shape }),
  ]),
)
/** The fields of each kind of event. */
export const knownKinds: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(kinds).map(([event, shape]) => [event, Object.keys(shape)]),
)

const other = z.looseObject({ event: z.string(), time })

/** Whether an event is of the kind asked for, its fields checked when it was read. */
export function isEvent<K extends keyof Kinds>(
  event: TrainerEvent,
  kind: K,
): event is TrainerEvent & EventOf<K> {
  return event.event === kind
}

/** Reads one line; undefined where it is no event, which is no reason to end a training. */
export function parseEvent(line: string): TrainerEvent | undefined {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return undefined
  }
  const kind = (json as { event?: unknown } | null)?.event
  const schema = (typeof kind === 'string' && known.get(kind)) || other
  const result = schema.safeParse(json)
  return result.success ? (result.data as TrainerEvent) : undefined
}
