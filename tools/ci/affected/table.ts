import type { Results } from '@blacksmith/report'
import { formatNumber } from '@blacksmith/text'

/** One experiment of the table: what it gives now, and what the base branch's run gave. */
export interface Compared {
  project: string
  /** Undefined when its run failed before it was measured. */
  now: Results | undefined
  base: Results | undefined
}

/** The results of the changed experiments beside the base branch's, as Markdown. */
export function resultsTable(compared: readonly Compared[]): string {
  const rows = compared.flatMap(({ project, now, base }) =>
    now === undefined
      ? [[project, '', '', '', '', '', '**failed**']]
      : metricsOf(now).map((metric, at) => [
          at === 0 ? project : '',
          metric,
          value(base?.metrics[metric]),
          value(now.metrics[metric]),
          change(base?.metrics[metric], now.metrics[metric]),
          asked(now.acceptance[metric]),
          verdict(now.acceptance[metric]),
        ]),
  )
  const headings = ['experiment', 'metric', 'base', 'now', 'change', 'asked', 'verdict']
  return [headings, ['---', '---', '---:', '---:', '---:', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map(cell).join(' | ')} |`)
    .join('\n')
}

/** What was asked of the model comes first. */
function metricsOf({ acceptance, metrics }: Results): string[] {
  return [...new Set([...Object.keys(acceptance), ...Object.keys(metrics)])]
}

function value(metric: number | null | undefined): string {
  return metric === null || metric === undefined ? '–' : formatNumber(metric)
}

function change(base: number | null | undefined, now: number | null | undefined): string {
  if (typeof base !== 'number' || typeof now !== 'number') return ''
  if (base === now) return 'equal'
  return `${now > base ? '+' : '−'}${formatNumber(Math.abs(now - base), 2)}`
}

type Rule = Results['acceptance'][string]

function asked(rule: Rule | undefined): string {
  const parts = []
  if (rule?.at_least !== undefined) parts.push(`≥ ${formatNumber(rule.at_least)}`)
  if (rule?.at_most !== undefined) parts.push(`≤ ${formatNumber(rule.at_most)}`)
  return parts.join(', ')
}

function verdict(rule: Rule | undefined): string {
  if (rule === undefined) return ''
  return rule.met ? 'met' : '**not met**'
}

/** A bar in a metric's name would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
