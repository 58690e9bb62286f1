import { formatDuration, formatNumber, formatOperations } from '@blacksmith/text'
import { type Html, html } from '../page/html'
import { htmlTable } from '../page/table'
import { performanceFacts, type RunPerformance } from '../run/performance'
import { factList } from './provenance-section'

/** Where a run's trace lies, beside its other records. */
const traceName = 'trace.json.gz'

const phaseWords: Readonly<Record<string, string>> = {
  forward: 'forward pass and loss',
  backward: 'backward pass',
  reports: 'metrics and progress',
}

/** What a training got out of its device: speed, operations, memory, and where a step's time went. */
export function performanceSection(run: RunPerformance, traced: boolean): Html {
  const { operations, aside } = run
  const counted =
    operations &&
    html`<p class="quiet">Operations are the multiplications and additions of matrix products, convolutions and attention, ${formatOperations(operations.of_step)} a step.</p>`
  const others = Object.entries(aside).map(([what, seconds]) => `${what} ${formatDuration(seconds)}`)
  return html`${factList(performanceFacts(run))}
${counted}
${phases(run)}
${others.length > 0 && html`<p>Beside the steps: ${others.join(', ')}.</p>`}
${traced && html`<p>A trace of a few steps lies beside the records as <code>${traceName}</code>; ui.perfetto.dev opens it.</p>`}`
}

function phases({ phases: timed }: RunPerformance): Html {
  if (timed === undefined)
    return html`<p class="quiet">No step was timed by its parts: its framework runs each as one program, or the run was too short.</p>`
  const whole = Object.values(timed.seconds).reduce((sum, each) => sum + each, 0)
  return htmlTable(
    `Where a step's time goes, the mean of ${timed.steps}`,
    [{ heading: 'part' }, { heading: 'ms', number: true }, { heading: '%', number: true }],
    Object.entries(timed.seconds).map(([part, seconds]) => ({
      cells: [
        phaseWords[part] ?? part,
        formatNumber(1000 * seconds, 3),
        formatNumber((100 * seconds) / (whole || 1), 3),
      ],
    })),
  )
}

/** Whether provenance lists a trace among a run's records. */
export function isTraced(records: unknown): boolean {
  return Array.isArray(records) && records.some((each) => each?.path === traceName)
}
