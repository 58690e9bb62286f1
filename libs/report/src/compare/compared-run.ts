import { join } from 'node:path'
import { type RunRecord, readRun } from '../run/read-run'
import { type MetricCurves, readMetrics } from '../series/read-metrics'

/** A run that is compared with others: an evaluation with the training it looked at, or either of them alone. */
export interface ComparedRun {
  run: RunRecord
  training?: RunRecord
  /** What a person calls it. */
  name?: string
  /** The curves of the training. */
  curves: MetricCurves[]
}

/** Reads a run for a comparison; `training` is the folder of the training whose model an evaluation looked at. */
export async function readComparedRun(directory: string, training?: string): Promise<ComparedRun> {
  const run = await readRun(directory)
  const { metrics } = await readMetrics(join(training ?? directory, 'metrics.jsonl'), 200)
  if (training === undefined) return { run, curves: metrics }
  return { run, training: await readRun(training), curves: metrics }
}

/** All parameters of a run, those of its training included. */
export function parametersOf({ run, training }: ComparedRun): Record<string, unknown> {
  return { ...sections(training), ...sections(run) }
}

/**
 * What else the run was made from: code, environment, data, placement. The digest of an evaluated model is left out
 * where the training stands beside it, since it says nothing that the training's own components do not say better.
 */
export function surroundingsOf({ run, training }: ComparedRun): Record<string, unknown> {
  const parts = (each: RunRecord) => {
    const {
      parameters: _parameters,
      version: _version,
      target: _target,
      ...rest
    } = each.provenance.components
    return rest as Record<string, unknown>
  }
  if (training === undefined) return parts(run)
  const { model: _model, ...evaluation } = parts(run)
  return { train: parts(training), evaluate: evaluation }
}

/** Its metrics: those of the evaluation, or the last values of a training that stands alone. */
export function metricsOf({ run, curves }: ComparedRun): Record<string, number | null> {
  if (run.metrics !== undefined) return run.metrics
  return Object.fromEntries(
    curves.flatMap(({ metric, curves: splits }) =>
      splits.map((curve) => [`${curve.name} ${metric}`, curve.last]),
    ),
  )
}

function sections(run: RunRecord | undefined): Record<string, unknown> {
  const { parameters } = run?.provenance.components ?? {}
  return typeof parameters === 'object' && parameters !== null ? (parameters as Record<string, unknown>) : {}
}
