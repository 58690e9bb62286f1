import type { DeviceKind, Json } from '@blacksmith/config'

/** The one file that starts a trainer; blacksmith.training.request reads it. */
export interface TrainerRequest {
  version: 1
  target: 'prepare-data' | 'train' | 'evaluate'
  /** The recipe's file, or a module of the Python distribution. */
  entry: { file: string } | { module: string }
  function: string
  /** The sections of the configuration that the target may see. */
  config: Json
  inputs: {
    /** Folder of the prepared data. */
    data?: string
    /** The trained weights. */
    model?: string
  }
  /** Local paths of what was downloaded, by name. */
  sources: Record<string, string>
  /** Folder for what the computation makes. */
  output: string
  /** Folder for metrics.jsonl, telemetry.jsonl and log.txt. */
  records: string
  /** Folder for checkpoints, which outlives a run that did not finish. */
  work: string
  device: { kind: DeviceKind; count: number; threads: number; ids: string[] }
  seed: number
  /** A checkpoint to continue from beside those in `work`: the final state of a shorter run. */
  resume: string | null
}
