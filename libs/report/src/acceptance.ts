import { formatNumber, textTable } from '@blacksmith/text'

interface Rule {
  at_least?: number
  at_most?: number
}

/** What `evaluate` leaves as results.json: the metrics, and how each fares against what was asked of it. */
export interface Results {
  metrics: Record<string, number | null>
  acceptance: Record<string, Rule & { met: boolean }>
  /** Thresholds that were set for other data than the person's own, which were measured; none of them decides. */
  not_judged?: Record<string, Rule>
  /** Whether everything in `acceptance` is met. */
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
  const setAside = results.not_judged ?? {}
  const rest = Object.entries(results.metrics)
    .filter(([metric]) => !Object.hasOwn(results.acceptance, metric))
    .map(([metric, value]) => {
      const rule = Object.hasOwn(setAside, metric) ? setAside[metric] : undefined
      const words = rule ? { asked: ruleText(rule), verdict: 'not judged' } : { asked: '', verdict: '' }
      return { metric, value: valueText(value), met: undefined, ...words }
    })
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
  const remedy = isReportedOnly(results) ? `\n  ${thresholdsOfYourOwn(results)}` : ''
  return `${table}\n${verdict}${remedy}`
}

/** The verdict on the model as a sentence. */
export function verdictText(results: Results): string {
  const rules = Object.values(results.acceptance)
  if (isReportedOnly(results))
    return 'reported, not judged: the thresholds were set for other data than those at dataset.path'
  if (rules.length === 0) return 'accepted: nothing was asked of it'
  const missed = rules.filter((rule) => !rule.met).length
  if (results.accepted) return 'accepted'
  return `rejected: ${missed} of ${rules.length} ${rules.length === 1 ? 'demand' : 'demands'} not met`
}

/** Whether there are thresholds, and all of them were set for other data. */
export function isReportedOnly({ acceptance, not_judged = {} }: Results): boolean {
  return Object.keys(acceptance).length === 0 && Object.keys(not_judged).length > 0
}

function thresholdsOfYourOwn({ not_judged = {} }: Results): string {
  const [[metric, rule] = ['<metric>', {}]] = Object.entries(not_judged)
  const bound = rule.at_least === undefined ? 'at_most' : 'at_least'
  return `set them where dataset.path is set: --set acceptance.${metric}.${bound}=<number>, or in an overlay`
}

function valueText(value: number | null | undefined): string {
  return value === null || value === undefined ? 'missing' : formatNumber(value)
}

function ruleText(rule: Rule): string {
  const parts = []
  if (rule.at_least !== undefined) parts.push(`at least ${formatNumber(rule.at_least)}`)
  if (rule.at_most !== undefined) parts.push(`at most ${formatNumber(rule.at_most)}`)
  return parts.join(', ')
}
