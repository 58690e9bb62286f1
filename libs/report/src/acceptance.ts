import { textTable } from './text/table'
import { formatNumber } from './text/units'

/** What `evaluate` leaves as results.json: the metrics, and how each fares against what was asked of it. */
export interface Results {
  metrics: Record<string, number | null>
  acceptance: Record<string, { at_least?: number; at_most?: number; met: boolean }>
  accepted: boolean
}

/** One row of the acceptance table, in words; the text and the HTML table show the same. */
export interface AcceptanceRow {
  metric: string
  value: string
  asked: string
  met: boolean | undefined
  verdict: string
}

/** The rows of the acceptance table: what was asked for first, then the metrics that nothing was asked of. */
export function acceptanceRows(results: Results): AcceptanceRow[] {
  const asked = Object.entries(results.acceptance).map(([metric, rule]) => ({
    metric,
    value: valueText(results.metrics[metric]),
    asked: ruleText(rule),
    met: rule.met,
    verdict: rule.met ? 'met' : 'not met',
  }))
  const rest = Object.entries(results.metrics)
    .filter(([metric]) => !Object.hasOwn(results.acceptance, metric))
    .map(([metric, value]) => ({ metric, value: valueText(value), asked: '', met: undefined, verdict: '' }))
  return [...asked, ...rest]
}

/** The acceptance table as text, with the verdict on the model as its last line. */
export function formatAcceptance(results: Results): string {
  const rows = acceptanceRows(results)
  const verdict = verdictText(results)
  if (rows.length === 0) return verdict
  const table = textTable(
    [
      { heading: 'metric' },
      { heading: 'value', align: 'right' },
      { heading: 'asked' },
      { heading: 'verdict' },
    ],
    rows.map((row) => [row.metric, row.value, row.asked, row.verdict]),
  )
  return `${table}\n${verdict}`
}

/** The verdict on the model as a sentence. */
export function verdictText(results: Results): string {
  const rules = Object.values(results.acceptance)
  if (rules.length === 0) return 'accepted: nothing was asked of it'
  const missed = rules.filter((rule) => !rule.met).length
  if (results.accepted) return 'accepted'
  return `rejected: ${missed} of ${rules.length} ${rules.length === 1 ? 'demand' : 'demands'} not met`
}

function valueText(value: number | null | undefined): string {
  return value === null || value === undefined ? 'missing' : formatNumber(value)
}

function ruleText(rule: { at_least?: number; at_most?: number }): string {
  const parts = []
  if (rule.at_least !== undefined) parts.push(`at least ${formatNumber(rule.at_least)}`)
  if (rule.at_most !== undefined) parts.push(`at most ${formatNumber(rule.at_most)}`)
  return parts.join(', ')
}
