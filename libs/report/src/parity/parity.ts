import { canonicalJson, type Json, type Tolerance, UserError } from '@blacksmith/config'
import { type ComparedRun, metricsOf, parametersOf, surroundingsOf } from '../compare/compared-run'
import { type Spread, spreadOf } from '../compare/statistics'
import { flatten } from '../report/flatten'

/** One metric on one kind of device against the reference kind. */
export interface ParityRow {
  metric: string
  kind: string
  reference: Spread
  value: Spread | undefined
  difference: number | undefined
  allowed: number
  within: boolean
}

/** Whether an experiment comes to the same results on all kinds of device. */
export interface Parity {
  reference: string
  kinds: string[]
  rows: ParityRow[]
  /** Parameters that differ between the kinds (their overlays): no failure, and to be known. */
  overlays: string[]
  holds: boolean
}

/**
 * Compares runs of one experiment on several kinds of device. Runs of one kind are repeats; the first run's kind is
 * the reference.
 *
 * @throws UserError when the runs are not of one experiment, code and data, are all of one kind, or when there is
 * no tolerance to judge by
 */
export function checkParity(runs: ComparedRun[], tolerances: Record<string, Tolerance>): Parity {
  refuseNoTolerance(tolerances)
  const byKind = groupByKind(runs)
  refuseIncomparable(runs, byKind)
  const [reference, ...others] = [...byKind.keys()] as [string, ...string[]]
  const value = (kind: string, metric: string) =>
    spreadOf((byKind.get(kind) ?? []).map((run) => metricsOf(run)[metric]))
  const rows = Object.entries(tolerances).flatMap(([metric, tolerance]) => {
    const base = value(reference, metric)
    if (base === undefined) {
      throw new UserError({
        field: `parity.${metric}`,
        message: `the runs on ${reference} give no such metric`,
        remedy: `use one of: ${Object.keys(metricsOf(runs[0] as ComparedRun)).join(', ')}`,
      })
    }
    return others.map((kind) => row(metric, kind, base, value(kind, metric), tolerance))
  })
  return {
    reference,
    kinds: [...byKind.keys()],
    rows,
    overlays: differingParameters(runs),
    holds: rows.every(({ within }) => within),
  }
}

function row(
  metric: string,
  kind: string,
  reference: Spread,
  value: Spread | undefined,
  tolerance: Tolerance,
): ParityRow {
  const allowed = Math.max(tolerance.absolute ?? 0, (tolerance.relative ?? 0) * Math.abs(reference.mean))
  if (value === undefined)
    return { metric, kind, reference, value, difference: undefined, allowed, within: false }
  const difference = value.mean - reference.mean
  // Decimal fractions are not exact in binary: 0.95 - 0.94 must be within 0.01.
  const rounding = 8 * Number.EPSILON * Math.max(Math.abs(value.mean), Math.abs(reference.mean))
  return {
    metric,
    kind,
    reference,
    value,
    difference,
    allowed,
    within: Math.abs(difference) <= allowed + rounding,
  }
}

function groupByKind(runs: ComparedRun[]): Map<string, ComparedRun[]> {
  const groups = new Map<string, ComparedRun[]>()
  for (const run of runs) {
    const kind = kindOf(run)
    groups.set(kind, [...(groups.get(kind) ?? []), run])
  }
  return groups
}

/** The kind of the device that the run was trained on. */
export function kindOf({ run, training }: ComparedRun): string {
  const { device } = (training ?? run).provenance
  const kind = typeof device === 'object' && device !== null ? (device as { kind?: unknown }).kind : undefined
  return typeof kind === 'string' ? kind : 'unknown'
}

/**
 * To be asked before anything is trained for a comparison that nobody could judge.
 *
 * @throws UserError when no metric has a tolerance
 */
export function refuseNoTolerance(tolerances: Record<string, Tolerance>, file?: string): void {
  if (Object.keys(tolerances).length > 0) return
  throw new UserError({
    ...(file === undefined ? {} : { file }),
    field: 'parity',
    message: 'no tolerance is given, so nothing can be judged',
    remedy:
      'write into experiment.yaml how far a metric may differ: parity: { accuracy: { absolute: 0.01 } }',
  })
}

function refuseIncomparable(runs: ComparedRun[], byKind: Map<string, ComparedRun[]>): void {
  const [first] = runs
  if (first === undefined || byKind.size < 2) {
    throw new UserError({
      message: `there are runs on ${[...byKind.keys()].join(', ') || 'no device'} only, so there is nothing to compare`,
      remedy: 'run the experiment on a second kind: npx nx run <project>:evaluate --device=<kind>',
    })
  }
  const { project, target } = first.run.provenance
  for (const run of runs) {
    const other = run.run.provenance
    if (other.project !== project || other.target !== target) {
      throw new UserError({
        message: `${other.project}:${other.target} and ${project}:${target} are not the same experiment`,
        remedy: 'compare runs of one experiment; blacksmith compare sets any runs side by side',
      })
    }
    const changed = changedParts(first, run)
    if (changed.length > 0) {
      throw new UserError({
        message: `runs ${first.run.provenance.id} and ${other.id} differ in more than their device: ${changed.slice(0, 5).join(', ')}`,
        remedy: 'run the experiment again on both kinds from the same commit and data',
      })
    }
  }
}

/** Code and data have to be equal; environment and placement belong to the device, and a model to its training. */
function changedParts(a: ComparedRun, b: ComparedRun): string[] {
  const leaves = (run: ComparedRun) =>
    new Map(flatten(surroundingsOf(run)).filter(([path]) => /(^|\.)(code|data|sources)(\.|$)/.test(path)))
  const [before, after] = [leaves(a), leaves(b)]
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  )
}

function differingParameters(runs: ComparedRun[]): string[] {
  const all = runs.map((run) => new Map(flatten(parametersOf(run))))
  const paths = new Set(all.flatMap((leaves) => [...leaves.keys()]))
  const text = (leaf: unknown) => (leaf === undefined ? '' : canonicalJson(leaf as Json))
  return [...paths].filter((path) => new Set(all.map((leaves) => text(leaves.get(path)))).size > 1)
}
