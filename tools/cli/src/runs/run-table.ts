import { formatBytes, formatDuration, formatNumber, textTable } from '@blacksmith/text'
import type { ListedRun } from './listed-run'

/** More than this many metrics would push everything else off the screen; `--json` has all. */
const mostMetrics = 3

/**
 * Runs as a table.
 *
 * @param first fields that were asked for: metrics among them are shown before others
 */
export function runTable(runs: ListedRun[], first: readonly string[] = []): string {
  if (runs.length === 0) return 'The store holds no such runs.'
  return textTable(
    [
      { heading: 'run' },
      { heading: 'project' },
      { heading: 'configuration' },
      { heading: 'target' },
      { heading: 'set' },
      { heading: 'metrics' },
      { heading: 'finished' },
      { heading: 'took', align: 'right' },
      { heading: 'size', align: 'right' },
      { heading: 'name' },
      { heading: 'tags' },
    ],
    runs.map(({ id, provenance, bytes, labels, metrics }) => [
      id,
      provenance.project,
      provenance.configuration,
      provenance.target,
      provenance.overrides.join(' '),
      metricsText(metrics, first),
      provenance.finished.slice(0, 19).replace('T', ' '),
      formatDuration(provenance.seconds),
      formatBytes(bytes),
      labels.name ?? '',
      labels.tags.join(', '),
    ]),
  )
}

function metricsText(metrics: ListedRun['metrics'], first: readonly string[]): string {
  const names = Object.keys(metrics)
  const shown = [
    ...names.filter((name) => first.includes(name)),
    ...names.filter((name) => !first.includes(name)),
  ]
  return shown
    .slice(0, mostMetrics)
    .map((name) => `${name} ${formatNumber(metrics[name] ?? Number.NaN)}`)
    .join(', ')
}
