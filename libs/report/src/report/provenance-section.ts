import { formatDuration } from '@blacksmith/text'
import { type Html, html } from '../page/html'
import { htmlTable } from '../page/table'
import { commitText, deviceText, momentText, type RunProvenance } from '../run/provenance'
import { flatten, leafText } from './flatten'

/** The few facts about a run that people ask for first. */
export function factList(facts: [name: string, value: string][]): Html {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** The facts of a run's provenance that stand at the top of its page. */
export function runFacts(run: RunProvenance): [name: string, value: string][] {
  return [
    ['configuration', run.configuration],
    ['run', run.id],
    ['device', deviceText(run)],
    ['took', run.seconds === undefined ? 'unknown' : formatDuration(run.seconds)],
    ['commit', commitText(run)],
    ['finished', momentText(run.finished)],
  ]
}

/** Everything that is recorded about a run, components of its key included. */
export function provenanceSection(runs: RunProvenance[]): Html {
  return html`${runs.map((run) => {
    const title = `${run.project}:${run.target}`
    const { components, environment, records, ...record } = run
    return html`<h3>${title}</h3>
${leaves(`Record of ${title}`, record)}
${folded('What its key is made of', `Components of the key of ${title}`, components)}
${folded('Its environment', `Environment of ${title}`, environment)}
${folded('Its records', `Records of ${title}`, records)}`
  })}`
}

/** What few people open; nothing where there is nothing in it. */
function folded(summary: string, caption: string, value: unknown): Html | false {
  const empty = value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
  return !empty && html`<details><summary>${summary}</summary>${leaves(caption, value)}</details>`
}

function leaves(caption: string, value: unknown): Html {
  return htmlTable(
    caption,
    [{ heading: 'field' }, { heading: 'value' }],
    flatten(value).map(([path, leaf]) => ({ cells: [path, html`<code>${leafText(leaf)}</code>`] })),
  )
}
