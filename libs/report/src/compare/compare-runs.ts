import { canonicalJson } from '@blacksmith/config'
import { flatten, leafText } from '../report/flatten'
import { performanceFacts } from '../run/performance'
import { deviceText } from '../run/provenance'
import { type ComparedRun, metricsOf, parametersOf, surroundingsOf } from './compared-run'
import { groupRepeats, type Repeats } from './repeats'
import { differenceOf, type Spread, spreadOf } from './statistics'

/** A metric in each column, and how it differs from the first one. */
export interface MetricRow {
  metric: string
  values: (Spread | undefined)[]
  /** Against the first column; its own place is empty. */
  differences: ({ difference: number; error?: number; judgement?: 'better' | 'worse' } | undefined)[]
}

/** Something that differs between the columns, as text; undefined where a column does not have it. */
export interface DifferenceRow {
  path: string
  values: (string | undefined)[]
}

/** Runs side by side. */
export interface Comparison {
  columns: Repeats[]
  metrics: MetricRow[]
  /** Parameters that differ. */
  parameters: DifferenceRow[]
  /** Code, environment, data and placement, where they differ. */
  surroundings: DifferenceRow[]
  cost: { seconds: (Spread | undefined)[]; devices: string[]; started: string[] }
  /** What the trainings got out of their devices; empty where none has recorded it. */
  performance: DifferenceRow[]
}

/** Sets runs beside each other; those that differ in their seeds only become one column with mean and deviation. */
export function compareRuns(runs: ComparedRun[]): Comparison {
  const columns = groupRepeats(runs)
  return {
    columns,
    metrics: metricRows(columns),
    parameters: differenceRows(columns, parametersOf),
    surroundings: withoutEchoes(differenceRows(columns, surroundingsOf)),
    cost: {
      seconds: columns.map((column) => spreadOf(column.runs.map(secondsOf))),
      devices: columns.map((column) =>
        distinct(column.runs.map((each) => deviceText((each.training ?? each.run).provenance))),
      ),
      started: columns.map((column) => column.runs[0]?.run.provenance.started ?? ''),
    },
    performance: performanceRows(columns),
  }
}

/** Of repeats that of the first run: they are equal but for the machine's other work. */
function performanceRows(columns: Repeats[]): DifferenceRow[] {
  const facts = columns.map(({ runs }) => {
    const [first] = runs
    const { performance } = first?.training ?? first?.run ?? {}
    return new Map(performance === undefined ? [] : performanceFacts(performance))
  })
  const paths = new Set(facts.flatMap((each) => [...each.keys()]))
  return [...paths].map((path) => ({ path, values: facts.map((each) => each.get(path)) }))
}

function metricRows(columns: Repeats[]): MetricRow[] {
  const metrics = new Set(columns.flatMap(({ runs }) => runs.flatMap((run) => Object.keys(metricsOf(run)))))
  return [...metrics].map((metric) => {
    const values = columns.map(({ runs }) => spreadOf(runs.map((run) => metricsOf(run)[metric])))
    const direction = directionOf(metric, columns)
    const [reference] = values
    return {
      metric,
      values,
      differences: values.map((value, index) => {
        if (index === 0 || value === undefined || reference === undefined) return undefined
        const difference = differenceOf(reference, value)
        const judgement = judge(difference, direction)
        return judgement === undefined ? difference : { ...difference, judgement }
      }),
    }
  })
}

/** What is asked of a metric says which way it should go; where nothing is asked, nobody knows. */
function directionOf(metric: string, columns: Repeats[]): 1 | -1 | undefined {
  const rules = columns.flatMap(({ runs }) =>
    runs.flatMap(({ run }) => [run.results?.acceptance[metric], run.results?.not_judged?.[metric]]),
  )
  if (rules.some((rule) => rule?.at_least !== undefined && rule.at_most === undefined)) return 1
  if (rules.some((rule) => rule?.at_most !== undefined && rule.at_least === undefined)) return -1
  return undefined
}

/** A difference within two standard errors is no judgement: repeats would often turn it round. */
function judge(
  { difference, error }: { difference: number; error?: number },
  direction: 1 | -1 | undefined,
): 'better' | 'worse' | undefined {
  if (direction === undefined || difference === 0) return undefined
  if (error !== undefined && Math.abs(difference) <= 2 * error) return undefined
  return difference * direction > 0 ? 'better' : 'worse'
}

function differenceRows(columns: Repeats[], treeOf: (run: ComparedRun) => unknown): DifferenceRow[] {
  const leaves = columns.map(({ runs }) => runs.map((run) => new Map(flatten(treeOf(run)))))
  const paths = new Set(leaves.flatMap((runs) => runs.flatMap((run) => [...run.keys()])))
  return [...paths]
    .map((path) => ({
      path,
      values: leaves.map((runs) => {
        const present = runs.filter((run) => run.has(path))
        return present.length === 0
          ? undefined
          : distinct(present.map((run) => shortened(leafText(run.get(path)))))
      }),
    }))
    .filter(({ values }) => values.some((value) => value !== values[0]))
}

/** Training and evaluation share most of their code and environment: what differs alike in both is said once. */
function withoutEchoes(rows: DifferenceRow[]): DifferenceRow[] {
  const shared = new Map<string, DifferenceRow>()
  for (const row of rows) {
    const path = row.path.replace(/^(train|evaluate)\./, '')
    const fact = canonicalJson([path, row.values.map((value) => value ?? null)])
    shared.set(fact, shared.has(fact) ? { ...row, path } : row)
  }
  return [...shared.values()]
}

/** Digests are compared as a whole and shown by their beginnings. */
function shortened(text: string): string {
  return /^[0-9a-f]{40,}$/.test(text) ? text.slice(0, 10) : text
}

function distinct(values: string[]): string {
  return [...new Set(values)].join(', ')
}

function secondsOf({ run, training }: ComparedRun): number | undefined {
  return (training ?? run).provenance.seconds
}
