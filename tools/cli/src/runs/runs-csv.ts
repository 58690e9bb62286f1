import { csvText } from '@blacksmith/text'
import type { ListedRun } from './listed-run'

/** Runs for spreadsheets: a column for each fact, parameter and metric that any of them has. */
export function runsCsv(runs: readonly ListedRun[]): string {
  const names = [...new Set(runs.flatMap(({ fields }) => [...fields.keys()]))]
  // What a run is stands first.
  const first = ['run', 'trial'].filter((name) => names.includes(name))
  const columns = [...first, ...names.filter((name) => !first.includes(name))]
  return csvText([columns, ...runs.map(({ fields }) => columns.map((name) => fields.get(name) ?? ''))])
}
