import { formatNumber, textTable } from '@blacksmith/text'
import type { SweepOutcome } from '../run-sweep'
import { spelled } from '../trials/overrides'
import { finalRung } from '../trials/trial'

/** What each training came to, and of several the mean with its deviation: of a grid that nobody judges. */
export function metricsTable({ sweep, trials }: SweepOutcome): string {
  const paths = sweep.space.map(({ path }) => path)
  const rows = trials.map((trial) => ({ trial, metrics: finalRung(trial)?.runs[0]?.metrics ?? {} }))
  const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))]
  const mean = (name: string) => {
    const values = rows.flatMap(({ metrics }) => metrics[name] ?? [])
    const middle = values.reduce((sum, value) => sum + value, 0) / values.length
    const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
    return `${formatNumber(middle)} ± ${formatNumber(Math.sqrt(squares / Math.max(1, values.length - 1)))}`
  }
  return textTable(
    [
      { heading: 'trial', align: 'right' },
      ...paths.map((heading) => ({ heading })),
      ...names.map((heading) => ({ heading, align: 'right' as const })),
      { heading: 'run' },
    ],
    [
      ...rows.map(({ trial, metrics }) => [
        String(trial.number),
        ...paths.map((path) => spelled(trial.parameters[path] ?? null)),
        ...names.map((name) => {
          const value = metrics[name]
          return value === undefined ? (trial.failure?.kind ?? '') : formatNumber(value)
        }),
        finalRung(trial)?.runs[0]?.id ?? '',
      ]),
      ...(rows.length > 1 ? [['mean', ...paths.map(() => ''), ...names.map(mean), '']] : []),
    ],
  )
}
