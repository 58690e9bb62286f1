import {
  displayWidth,
  formatCount,
  formatDuration,
  formatNumber,
  formatRate,
  sparkline,
  truncate,
} from '@blacksmith/text'
import type { Counter, ProgressState } from './state'

/** The parts of the line, the most important first: where the terminal is narrow, others make room for these. */
const importance = [
  'step',
  'doing',
  'label',
  'epoch',
  'first metric',
  'time left',
  'rate',
  'sparkline',
  'device',
  'temperature',
  'other metrics',
] as const

interface Part {
  kind: (typeof importance)[number]
  text: string
}

const separator = '  '
const sparklineColumns = 8
/** A name or value that is longer is cut: one hostile metric must not push the others off the line. */
const longestMetric = 32
const mostMetrics = 6

/** The line that is redrawn in place: with what is true at this moment only (the time that is left). */
export function liveLine(label: string, state: ProgressState, columns: number): string {
  const left = state.secondsLeft()
  const parts = [
    ...lineParts(label, state),
    ...(left === undefined || state.seconds !== undefined
      ? []
      : [{ kind: 'time left' as const, text: `${formatDuration(left)} left` }]),
  ]
  return truncate(fit(parts, columns).join(separator), columns)
}

/** A whole line of a log of a run that goes on: nothing in it that would be false when the log is shown again later. */
export function logLine(label: string, state: ProgressState): string {
  return wholeLine(lineParts(label, state), timeOfAll(state))
}

/** The line that stays when a run is over. */
export function lastLine(label: string, state: ProgressState): string {
  const parts = lineParts(label, state).filter(({ kind }) => kind !== 'sparkline' && kind !== 'doing')
  return wholeLine(parts, state.seconds === undefined ? [] : [`took ${formatDuration(state.seconds)}`])
}

function wholeLine(parts: Part[], times: string[]): string {
  return [...parts.map(({ text }) => text), ...times].join(separator)
}

/** The time that is left is true only now; how long a run took up to a step, and what it would take in all, stays so. */
function timeOfAll(state: ProgressState): string[] {
  const [elapsed, left] = [state.secondsElapsed(), state.secondsLeft()]
  if (elapsed === undefined || left === undefined || left <= 0) return []
  return [`${formatDuration(elapsed)} of about ${formatDuration(elapsed + left)}`]
}

function lineParts(label: string, state: ProgressState): Part[] {
  const parts: Part[] = [{ kind: 'label', text: label }]
  if (state.epoch !== undefined) parts.push({ kind: 'epoch', text: counterText('epoch', state.epoch) })
  if (state.doing !== undefined) parts.push({ kind: 'doing', text: state.doing })
  if (state.step !== undefined) parts.push({ kind: 'step', text: counterText('step', state.step) })
  const metrics = [...state.metrics].sort(([a], [b]) => Number(b === 'loss') - Number(a === 'loss'))
  for (const [index, [name, value]] of metrics.slice(0, mostMetrics).entries()) {
    const text = `${truncate(name, longestMetric)} ${typeof value === 'number' ? formatNumber(value) : truncate(value, longestMetric)}`
    parts.push({ kind: index === 0 ? 'first metric' : 'other metrics', text })
    const spark = index === 0 && name === 'loss' ? state.loss.values() : []
    if (spark.length > 1) parts.push({ kind: 'sparkline', text: sparkline(spark, sparklineColumns) })
  }
  if (state.rate !== undefined) {
    const unit = truncate(state.rate.unit, longestMetric)
    parts.push({ kind: 'rate', text: formatRate(state.rate.perSecond, unit) })
  }
  if (state.device !== undefined) parts.push({ kind: 'device', text: truncate(state.device, longestMetric) })
  if (state.temperature !== undefined) {
    parts.push({ kind: 'temperature', text: `${Math.round(state.temperature)} °C` })
  }
  return parts
}

/** Takes parts by their importance, as long as there is room for them; the first one in any case. */
function fit(parts: Part[], columns: number): string[] {
  const kept = new Set<Part>()
  let room = columns + separator.length
  const byImportance = (a: Part, b: Part) => importance.indexOf(a.kind) - importance.indexOf(b.kind)
  for (const part of [...parts].sort(byImportance)) {
    const width = displayWidth(part.text) + separator.length
    if (width > room && kept.size > 0) continue
    kept.add(part)
    room -= width
  }
  return parts.filter((part) => kept.has(part)).map(({ text }) => text)
}

function counterText(name: string, counter: Counter): string {
  return `${name} ${formatCount(counter.at)}${counter.of === undefined ? '' : `/${formatCount(counter.of)}`}`
}
