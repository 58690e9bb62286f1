import { join } from 'node:path'
import { type Objective, UserError } from '@blacksmith/config'
import { readJsonLines } from '@blacksmith/protocol'

/** What a training recorded: by split and metric, the last and the extreme values. */
type Recorded = Map<string, { last: number; min: number; max: number }>

/** A training as it is judged. */
export interface Judged {
  /** By objective. */
  values: number[]
  /** What it came to, by metric: of the validation split where it has one. */
  metrics: Record<string, number>
}

/**
 * Judges a training by the metrics that were sealed with it.
 *
 * @throws UserError where it has not recorded what an objective names
 */
export async function judge(directory: string, objectives: readonly Objective[]): Promise<Judged> {
  const recorded = await readRecorded(directory)
  const values = objectives.map((objective) => {
    const found = recorded.get(`${objective.split} ${objective.metric}`)
    if (!found) throw notRecorded(objective, recorded)
    if (objective.value === 'last') return found.last
    return objective.goal === 'maximize' ? found.max : found.min
  })
  return { values, metrics: lastOf(recorded, 'validation') ?? lastOf(recorded, 'train') ?? {} }
}

function lastOf(recorded: Recorded, split: string): Record<string, number> | undefined {
  const own = [...recorded].filter(([name]) => name.startsWith(`${split} `))
  if (own.length === 0) return undefined
  return Object.fromEntries(own.map(([name, { last }]) => [name.slice(split.length + 1), last]))
}

async function readRecorded(directory: string): Promise<Recorded> {
  const recorded: Recorded = new Map()
  await readJsonLines(join(directory, 'metrics.jsonl'), (line) => {
    const { split, values } = Object(line) as { split?: unknown; values?: unknown }
    for (const [metric, value] of Object.entries(Object(values) as Record<string, unknown>)) {
      if (typeof value !== 'number') continue
      const name = `${split} ${metric}`
      const { min = value, max = value } = recorded.get(name) ?? {}
      recorded.set(name, { last: value, min: Math.min(min, value), max: Math.max(max, value) })
    }
  })
  return recorded
}

/** Evaluate's metrics are of the test split: a choice that was made by them would be judged by itself. */
function notRecorded({ metric, split }: Objective, recorded: Recorded): UserError {
  const names = [...recorded.keys()]
  const there = names.length > 0 ? names.map((name) => name.replace(' ', ': ')).join(', ') : 'none'
  return new UserError({
    field: 'objective',
    message: `train records no ${metric} on the split ${split}`,
    remedy: `name one that train records (split: metric): ${there}. What only evaluate measures is of the test split, and may not choose`,
  })
}
