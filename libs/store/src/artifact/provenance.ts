import type { Json } from '@blacksmith/config'
import { z } from 'zod'
import { type KeyComponents, targets } from '../key/key'
import { fileEntrySchema, sha256Schema } from './manifest'

const json: z.ZodType<Json> = z.json()

const components: z.ZodType<KeyComponents> = z
  .object({ version: z.number().int(), target: z.enum(targets) })
  .catchall(json) as never

const instant = z.iso.datetime({ offset: true })

/** What the trainer could reach, and what was kept from it. */
const box = z.looseObject({
  /** What held it: `landlock 7`, `hook`, `nothing`. */
  enforced: z.string(),
  network: z.enum(['closed', 'open', 'chosen']),
  /** Names of environment variables that are known to shape results and were not passed on. */
  left_out: z.array(z.string()),
})

const shape = {
  version: z.literal(1),
  /** Short name of the run: the key's first ten digits. */
  id: z.string(),
  key: sha256Schema,
  /** The train key without how long to train: runs of one lineage are prefixes of each other. */
  lineage: z.string().optional(),
  components,
  project: z.string(),
  configuration: z.string(),
  target: z.enum(targets),
  /** The `--set` flags as they were given. */
  overrides: z.array(z.string()),
  commit: z.string().nullable(),
  dirty: z.boolean(),
  environment: json,
  device: json,
  /** The kind of processor, by which floating-point results may differ. */
  processor: json.optional(),
  started: instant,
  finished: instant,
  seconds: z.number().nonnegative(),
  continued_from: json.optional(),
  /** Absent from what was made before there was one. */
  box: box.optional(),
  /** Files of the run that are not in the manifest: metrics.jsonl, telemetry.jsonl, log.txt. */
  records: z.array(fileEntrySchema),
}

/** From what, by whom and when an artifact was made. */
export type Provenance = z.infer<z.ZodObject<typeof shape>>

/** Unknown fields are kept: a newer version may have written more. */
export const provenanceSchema: z.ZodType<Provenance> = z.looseObject(shape)

/** What a caller of `seal` knows; the store adds the records. */
export type ProvenanceDraft = Omit<Provenance, 'records'>
