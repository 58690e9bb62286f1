import { join } from 'node:path'
import { formatCount, formatDuration, formatNumber } from '@blacksmith/text'
import { htmlDocument } from '../page/document'
import { type Html, html } from '../page/html'
import { htmlTable } from '../page/table'
import { chartChoices, chartFigure } from '../report/chart-figure'
import { leafText } from '../report/flatten'
import { factList } from '../report/provenance-section'
import { historyCharts } from './history'
import { parallelCoordinates } from './parallel-coordinates'
import { judgedValue, type ReportedSweep } from './reported-sweep'
import { rungRows, rungsSection } from './rungs'
import { secondsOf, trialsTable } from './trials-table'

/** A sweep as one page that needs no network and no other file; a link leads to the tables beside it. */
export function sweepPage(sweep: ReportedSweep): string {
  const { project, name, description, objectives, importance, trials } = sweep
  const rungs = objectives.length > 0 ? rungRows(sweep) : []
  const parallel = parallelCoordinates(sweep)
  const sections: { id: string; title: string; content: Html }[] = []
  const add = (id: string, title: string, content: Html | undefined, shown = true) => {
    if (content && shown) sections.push({ id, title, content })
  }
  add('best', objectives.length > 1 ? 'Best trials' : 'Best trial', bestSection(sweep), sweep.best.length > 0)
  add('history', 'History', historySection(sweep), objectives.length > 0 && trials.length > 0)
  add('parameters', 'Parameters and objective', parallel)
  add('importance', 'Importance of parameters', importanceTable(sweep), Object.keys(importance).length > 0)
  add('rungs', 'Shorter runs', rungsSection(sweep, rungs), rungs.length > 0)
  add(
    'trials',
    'Trials',
    html`<p class="quiet">As tables: <a href="trials.csv">trials.csv</a>, <a href="trials.json">trials.json</a>. <code>npx blacksmith runs show</code> with the name in the last column shows all of a run.</p>
${trialsTable(sweep)}`,
  )
  const title = `${project}: sweep ${name}`
  return htmlDocument({
    title,
    sections,
    styles: [join(__dirname, 'sweep.css')],
    body: html`<h1>${title}</h1>
${description && html`<p>${description}</p>`}
${factList(factsOf(sweep))}
${sections.map(({ id, title: heading, content }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>\n`)}`,
  })
}

function factsOf({
  configuration,
  set,
  sampler,
  trials,
  trained,
  reused,
}: ReportedSweep): [string, string][] {
  const count = (state: string) => formatCount(trials.filter((trial) => trial.state === state).length)
  return [
    ['configuration', [configuration, ...set.map((each) => `--set ${each}`)].join(' ')],
    ['sampler', sampler],
    ['trials', formatCount(trials.length)],
    ['complete', count('complete')],
    ['ended early', count('stopped')],
    ['failed', count('failed')],
    ['training behind them', formatDuration(trials.reduce((sum, trial) => sum + secondsOf(trial), 0))],
    ['trainings run last time', formatCount(trained)],
    ['taken from the store', formatCount(reused)],
  ]
}

function bestSection(sweep: ReportedSweep): Html {
  const { objectives, trials, parameters } = sweep
  const best = trials.filter(({ number }) => sweep.best.includes(number))
  const rows = [
    ...objectives.map(({ split, metric }, at) => ({
      cells: [
        `${split} ${metric}`,
        ...best.map((trial) => formatNumber(judgedValue(trial, at) ?? Number.NaN)),
      ],
    })),
    ...parameters.map(({ path }) => ({
      cells: [
        html`<code>${path}</code>`,
        ...best.map(({ parameters: set }) => (path in set ? html`<code>${leafText(set[path])}</code>` : '—')),
      ],
    })),
  ]
  return html`<p>${best.length > 1 ? 'None of these is beaten in one objective without being better in another; their overlays begin with' : 'Its overlay, which configs/ of the experiment takes:'} <a href="best.yaml">best.yaml</a></p>
${htmlTable(
  best.length > 1 ? 'The best trials' : 'The best trial',
  [{ heading: 'what' }, ...best.map(({ number }) => ({ heading: `trial ${number}` }))],
  rows,
)}`
}

function historySection(sweep: ReportedSweep): Html {
  return html`${chartChoices(false)}<div class="charts">${historyCharts(sweep).map(chartFigure)}</div>`
}

function importanceTable({ importance, objectives: [objective] }: ReportedSweep): Html {
  const shares = Object.entries(importance).sort(([, a], [, b]) => b - a)
  return htmlTable(
    `Shares of the parameters in how ${objective?.split} ${objective?.metric} varies`,
    [{ heading: 'parameter' }, { heading: 'share', number: true }, { heading: 'as a bar' }],
    shares.map(([path, share]) => ({
      cells: [
        html`<code>${path}</code>`,
        `${(100 * share).toFixed(1)} %`,
        html`<svg class="share" width="200" height="12" aria-hidden="true"><rect width="${Math.round(200 * share)}" height="12"/></svg>`,
      ],
    })),
  )
}
