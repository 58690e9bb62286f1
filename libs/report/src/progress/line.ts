import { sparkline } from '../text/sparkline'
import { formatCount, formatDuration, formatNumber, formatRate } from '../text/units'
import { displayWidth, truncate } from '../text/width'
import type { Counter, ProgressState } from './state'

/** A part of the line; where the terminal is narrow, those with the highest `givesWay` go first. */
interface Part {
  text: string
  givesWay: number
}

const separator = '  '
const sparklineColumns = 12
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
      : [{ text: `${formatDuration(left)} left`, givesWay: 2 }]),
  ]
  return truncate(fit(parts, columns).join(separator), columns)
}

/** A whole line for a log: nothing in it that would be false when the log is shown again later. */
export function logLine(label: string, state: ProgressState): string {
  const took = state.seconds === undefined ? [] : [`took ${formatDuration(state.seconds)}`]
  return [...lineParts(label, state, { spark: false }).map((part) => part.text), ...took].join(separator)
}

function lineParts(label: string, state: ProgressState, o: { spark: boolean } = { spark: true }): Part[] {
  const parts: Part[] = [{ text: label, givesWay: 5 }]
  if (state.epoch !== undefined) parts.push({ text: counterText('epoch', state.epoch), givesWay: 3 })
  if (state.step !== undefined) parts.push({ text: counterText('step', state.step), givesWay: 0 })
  const metrics = [...state.metrics].sort(([a], [b]) => Number(b === 'loss') - Number(a === 'loss'))
  for (const [index, [name, value]] of metrics.slice(0, mostMetrics).entries()) {
    const text = `${truncate(name, longestMetric)} ${typeof value === 'number' ? formatNumber(value) : truncate(value, longestMetric)}`
    parts.push({ text, givesWay: index === 0 ? 1 : 6 + index })
    const spark = index === 0 && name === 'loss' && o.spark ? state.loss.values() : []
    if (spark.length > 1) parts.push({ text: sparkline(spark, sparklineColumns), givesWay: 6 })
  }
  if (state.rate !== undefined) {
    parts.push({
      text: formatRate(state.rate.perSecond, truncate(state.rate.unit, longestMetric)),
      givesWay: 4,
    })
  }
  if (state.temperature !== undefined)
    parts.push({ text: `${Math.round(state.temperature)} °C`, givesWay: 5.5 })
  return parts
}

function fit(parts: Part[], columns: number): string[] {
  const kept = [...parts]
  const width = () =>
    kept.reduce((sum, part) => sum + displayWidth(part.text) + separator.length, -separator.length)
  while (kept.length > 1 && width() > columns) {
    const first = kept.reduce((a, b) => (b.givesWay > a.givesWay ? b : a))
    kept.splice(kept.indexOf(first), 1)
  }
  return kept.map((part) => part.text)
}

function counterText(name: string, counter: Counter): string {
  return `${name} ${formatCount(counter.at)}${counter.of === undefined ? '' : `/${formatCount(counter.of)}`}`
}
