import { deviceKinds, type Json } from '@blacksmith/config/header'
import { z } from 'zod'

const path = z.string().min(1)

/** The one file that starts a trainer; blacksmith.training.request reads it, and a test holds the two together. */
export const trainerRequest = z.strictObject({
  version: z.literal(1),
  target: z.enum(['prepare-data', 'train', 'evaluate']),
  /** The recipe's file, or a module of the Python distribution. */
  entry: z.union([z.strictObject({ file: path }), z.strictObject({ module: z.string().min(1) })]),
  function: z.string().min(1),
  /** The sections of the configuration that the target may see. */
  config: z.custom<Json>((value) => value !== undefined, 'is missing'),
  inputs: z.strictObject({
    /** Folder of the prepared data. */
    data: path.optional(),
    /** The trained weights. */
    model: path.optional(),
  }),
  /** Local paths of what was downloaded, by name. */
  sources: z.record(z.string(), path),
  /** Folder for what the computation makes. */
  output: path,
  /** Folder for metrics.jsonl, telemetry.jsonl and log.txt. */
  records: path,
  /** Folder for checkpoints, which outlives a run that did not finish. */
  work: path,
  /** The copy of the workspace's files that is read, and the workspace whose places people know. */
  capsule: z.strictObject({ tree: path, workspace: path }).optional(),
  /** What the process may reach, each file or folder with all below it; without it, everything. */
  box: z
    .strictObject({
      read: z.array(path),
      /** Folders that may be listed; of their files only those under `read` may be read. */
      listed: z.array(path),
      write: z.array(path),
      /** `chosen`: closed but for this machine's own ports, by which the processes of a training meet. */
      network: z.enum(['open', 'closed', 'chosen']),
      /** Workspace-relative: the file in which further inputs are declared. */
      declare_in: path,
    })
    .optional(),
  device: z.strictObject({
    kind: z.enum(deviceKinds),
    count: z.number().int().positive(),
    threads: z.number().int().positive(),
    ids: z.array(z.string()),
    /** That share the devices evenly, all started by the first; one where it is absent. */
    processes: z.number().int().positive().optional(),
  }),
  seed: z.number().int().nonnegative(),
  /** A checkpoint to continue from beside those in `work`: the final state of a shorter run. */
  resume: path.nullable(),
})

export type TrainerRequest = z.infer<typeof trainerRequest>
