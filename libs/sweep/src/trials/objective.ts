import { join } from 'node:path'
import { type Objective, UserError } from '@blacksmith/config'
import { readJsonLines } from '@blacksmith/protocol'

/** What a training recorded: by split, by metric, the last and the extreme values. */
type Recorded = Map<string, { last: number; min: number; max: number }>

/**
 * The values of a training by which it is judged, from the metrics that were sealed with it.
 *
 * @throws UserError where it has not recorded such a metric
 */
export async function objectiveValues(
  directory: string,
  objectives: readonly Objective[],
): Promise<number[]> {
  const recorded = await readRecorded(directory)
  return objectives.map((objective) => {
    const found = recorded.get(`${objective.split} ${objective.metric}`)
    if (!found) throw notRecorded(objective, recorded)
    if (objective.value === 'last') return found.last
    return objective.goal === 'maximize' ? found.max : found.min
  })
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
