import { type Html, html } from '../page/html'
import { htmlTable } from '../page/table'
import { flatten, leafText } from './flatten'

/** Where a value of the configuration came from. */
export interface Origin {
  source: 'default' | 'file' | 'flag'
  file?: string
  line?: number
}

/** A resolved configuration: its values, and where each leaf came from by its dotted path. */
export interface ReportConfig {
  values: unknown
  origins: Record<string, Origin>
}

/**
 * The configuration: what somebody set first, with its place; what was left at its default behind a summary. Where
 * nobody knows any more what came from where, all of it alike.
 */
export function configSection({ values, origins }: ReportConfig, overrides: string[]): Html {
  const rows = flatten(values).map(([path, leaf]) => ({ path, leaf, origin: origins[path] }))
  const overridden =
    overrides.length > 0 &&
    html`<p>Overrides of this run: ${overrides.map((each, index) => html`${index > 0 && ', '}<code>--set ${each}</code>`)}</p>`
  if (Object.keys(origins).length === 0)
    return html`${overridden}${table('Parameters of this run', rows, false)}`
  const set = rows.filter(({ origin }) => origin !== undefined && origin.source !== 'default')
  const others = rows.filter((row) => !set.includes(row))
  return html`${overridden}
${table('What was set for this experiment; values from flags are marked', set, true)}
${others.length > 0 && html`<details><summary>${others.length} values left at their defaults</summary>${table('Defaults', others, false)}</details>`}`
}

interface ConfigRow {
  path: string
  leaf: unknown
  origin: Origin | undefined
}

function table(caption: string, rows: ConfigRow[], withOrigin: boolean): Html {
  return htmlTable(
    caption,
    [{ heading: 'parameter' }, { heading: 'value' }, ...(withOrigin ? [{ heading: 'from' }] : [])],
    rows.map(({ path, leaf, origin }) => ({
      class: origin?.source === 'flag' ? 'changed' : undefined,
      cells: [
        html`<code>${path}</code>`,
        html`<code>${leafText(leaf)}</code>`,
        ...(withOrigin ? [originText(origin)] : []),
      ],
    })),
  )
}

/** Where a value came from, in words. */
export function originText(origin: Origin | undefined): string {
  if (origin === undefined) return ''
  if (origin.source === 'default') return 'default'
  if (origin.source === 'flag') return '--set'
  return origin.line === undefined ? (origin.file ?? 'file') : `${origin.file}:${origin.line}`
}
