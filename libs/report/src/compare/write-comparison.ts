import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { htmlDocument } from '../page/document'
import { type Html, html } from '../page/html'
import { htmlTable } from '../page/table'
import { chartChoices, chartFigure } from '../report/chart-figure'
import { momentText } from '../run/provenance'
import type { Comparison, DifferenceRow } from './compare-runs'
import { durationText, metricText } from './format-comparison'
import { overlayCurves } from './overlay'

/** Writes a comparison as one page that needs no network: tables, and the curves of all runs laid over each other. */
export async function writeComparison(file: string, comparison: Comparison): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, comparisonPage(comparison))
}

/** The page of {@link writeComparison}, without writing it anywhere. */
export function comparisonPage(comparison: Comparison): string {
  const { columns, metrics, parameters, surroundings, cost, performance } = comparison
  const names = columns.map(({ name }) => ({ heading: name }))
  const { charts, leftOut } = overlayCurves(columns)
  const hasTime = charts.some(({ curves }) =>
    curves.some(({ seconds }) => seconds.some((each) => each !== null)),
  )
  const sections = [
    {
      id: 'metrics',
      title: 'Metrics',
      content: htmlTable(
        'Metrics; in brackets the difference from the first column',
        [{ heading: 'metric' }, ...names],
        metrics.map((row) => ({
          cells: [row.metric, ...row.values.map((_, index) => metricText(row, index))],
        })),
      ),
      shown: metrics.length > 0,
    },
    {
      id: 'cost',
      title: 'Cost',
      content: htmlTable(
        'Time and device of the training',
        [{ heading: 'fact' }, ...names],
        [
          { cells: ['took', ...cost.seconds.map(durationText)] },
          { cells: ['device', ...cost.devices] },
          { cells: ['started', ...cost.started.map(momentText)] },
          ...performance.map(({ path, values }) => ({
            cells: [path, ...values.map((value) => value ?? '—')],
          })),
        ],
      ),
      shown: true,
    },
    {
      id: 'parameters',
      title: 'Parameters that differ',
      content:
        parameters.length > 0
          ? differences('Parameters that differ', 'parameter', parameters, names)
          : html`<p>None.</p>`,
      shown: true,
    },
    {
      id: 'curves',
      title: 'Curves',
      content: html`${chartChoices(hasTime)}${leftOut > 0 && html`<p class="note">${leftOut} more curves are left out.</p>`}<div class="charts">${charts.map(chartFigure)}</div>`,
      shown: charts.length > 0,
    },
    {
      id: 'surroundings',
      title: 'What else differs',
      content: differences('Code, environment, data and placement', 'what', surroundings, names),
      shown: surroundings.length > 0,
    },
  ].filter(({ shown }) => shown)
  const title = `${columns.map(({ name }) => name).join(' and ')} compared`
  return htmlDocument({
    title,
    sections,
    body: html`<h1>${title}</h1>${sections.map(
      (section) =>
        html`<section aria-labelledby="${section.id}"><h2 id="${section.id}">${section.title}</h2>${section.content}</section>\n`,
    )}`,
  })
}

function differences(
  caption: string,
  heading: string,
  rows: DifferenceRow[],
  names: { heading: string }[],
): Html {
  return htmlTable(
    caption,
    [{ heading }, ...names],
    rows.map(({ path, values }) => ({
      cells: [
        html`<code>${path}</code>`,
        ...values.map((value) => (value === undefined ? '—' : html`<code>${value}</code>`)),
      ],
    })),
  )
}
