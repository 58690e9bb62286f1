import { formatDuration, formatNumber, textTable } from '@blacksmith/text'
import { momentText } from '../run/provenance'
import type { Comparison, DifferenceRow, MetricRow } from './compare-runs'
import type { Spread } from './statistics'

/** A comparison as text: metrics with their differences from the first column, cost, and what was set differently. */
export function formatComparison(comparison: Comparison): string {
  const { columns, metrics, parameters, surroundings, cost, performance } = comparison
  const names = columns.map(({ name }) => name)
  const metricCells = metrics.map((row) => [
    row.metric,
    ...row.values.map((_, index) => metricText(row, index)),
  ])
  const parts = [
    table(
      ['metric', ...names],
      [
        ...metricCells,
        ['training took', ...cost.seconds.map(durationText)],
        ['on', ...cost.devices],
        ['started', ...cost.started.map(momentText)],
        ...performance.map(({ path, values }) => [path, ...values.map((value) => value ?? '—')]),
      ],
    ),
    section('Parameters that differ', ['parameter', ...names], parameters),
    section('What else differs', ['what', ...names], surroundings),
  ]
  if (parameters.length === 0 && surroundings.length === 0 && columns.length > 1) {
    parts.push('Parameters, code, environment, data and placement are equal.')
  }
  return parts.filter(Boolean).join('\n\n')
}

/** A value with its deviation, and how it differs from the first column's. */
export function metricText(row: MetricRow, index: number): string {
  const value = spreadText(row.values[index])
  const difference = row.differences[index]
  if (difference === undefined) return value
  const sign = difference.difference > 0 ? '+' : ''
  const error = difference.error === undefined ? '' : ` ± ${formatNumber(difference.error, 2)}`
  const judgement = difference.judgement === undefined ? '' : `, ${difference.judgement}`
  return `${value} (${sign}${formatNumber(difference.difference, 3)}${error}${judgement})`
}

/** `0.9541`, or `0.9541 ± 0.0071 of 10` for repeats. */
export function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return 'none'
  if (spread.deviation === undefined) return formatNumber(spread.mean)
  return `${formatNumber(spread.mean)} ± ${formatNumber(spread.deviation, 2)} of ${spread.count}`
}

/** The same for times. */
export function durationText(spread: Spread | undefined): string {
  if (spread === undefined) return 'unknown'
  if (spread.deviation === undefined) return formatDuration(spread.mean)
  return `${formatDuration(spread.mean)} ± ${formatDuration(spread.deviation)}`
}

function section(title: string, headings: string[], rows: DifferenceRow[]): string {
  if (rows.length === 0) return ''
  return `${title}:\n${table(
    headings,
    rows.map(({ path, values }) => [path, ...values.map((value) => value ?? '—')]),
  )}`
}

function table(headings: string[], rows: string[][]): string {
  return textTable(
    headings.map((heading) => ({ heading })),
    rows,
  )
}
