import { canonicalJson, type Json } from '@blacksmith/config'
import { z } from 'zod'
import { fileEntrySchema } from '../../artifact/manifest'
import { RemoteFault } from '../remote'

/** A checkpoint of a training: what is in its folder. */
export interface SharedCheckpoint {
  step: number
  files: { path: string; bytes: number; sha256: string }[]
}

/** What a remote has of a training that has not ended. */
export interface CheckpointRecord {
  /** Of the artifact that the training makes. */
  key: string
  /** The kind of processor that it ran on: on another one its last digits may differ. */
  processor: Json
  /** The newest first. */
  checkpoints: SharedCheckpoint[]
}

/** As the trainer names it. */
export const descriptionFile = 'checkpoint.json'

const schema = z.strictObject({
  version: z.literal(1),
  key: z.string(),
  processor: z.json(),
  checkpoints: z
    .array(
      z.strictObject({
        step: z.number().int().positive(),
        files: z.array(fileEntrySchema).max(64),
      }),
    )
    .max(8),
  signature: z.unknown().optional(),
})

export function checkpointRecordText({ key, processor, checkpoints }: CheckpointRecord): string {
  return canonicalJson({ version: 1, key, processor, checkpoints } as unknown as Json)
}

/**
 * Reads a record, trusting nothing that it says.
 *
 * @throws RemoteFault where it is none, or is that of another training
 */
export function parseCheckpointRecord(key: string, text: string): CheckpointRecord {
  const { processor, checkpoints, ...record } = parse(text)
  if (record.key !== key) throw new RemoteFault('is that of another training')
  for (const { files } of checkpoints) {
    const names = new Set(files.map(({ path }) => path))
    if (
      names.size < files.length ||
      !names.has(descriptionFile) ||
      [...names].some((name) => name.includes('/'))
    )
      throw new RemoteFault('lists what no checkpoint is made of')
    if (!Number.isSafeInteger(files.reduce((sum, { bytes }) => sum + bytes, 0)))
      throw new RemoteFault('lists impossible sizes')
  }
  return { key, processor, checkpoints: checkpoints.sort((a, b) => b.step - a.step) }
}

function parse(text: string): z.infer<typeof schema> {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError || error instanceof RangeError)
      throw new RemoteFault('is not that of checkpoints')
    throw error
  }
}
