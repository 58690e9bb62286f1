import { formatCount, formatNumber } from '@blacksmith/text'
import { type Html, html } from '../page/html'
import { leafText } from '../report/flatten'
import { judgedValue, type ReportedSweep, type ReportedTrial, ranked } from './reported-sweep'

/** More lines than this are one surface. */
const mostLines = 400

/** Shades of lines, from the worst to the best. */
const shades = 5

const height = 320
const top = 40
const bottom = height - 20

/** An axis: its heading, where a trial stands on it (0 below, 1 above), and what is written beside it. */
interface Axis {
  heading: string
  place: (trial: ReportedTrial) => number | undefined
  ticks: { at: number; text: string }[]
}

/**
 * Each trial as a line across its parameters to the first objective, better ones above and darker. It is drawn without a
 * script; a pointer on a line reads it, and the table of trials has the same data. Nothing where there is no line.
 */
export function parallelCoordinates(sweep: ReportedSweep): Html | undefined {
  const { objectives, parameters, best } = sweep
  const [objective] = objectives
  const judged = ranked(sweep).filter((trial) => judgedValue(trial, 0) !== undefined)
  if (objective === undefined || judged.length < 2 || parameters.length === 0) return undefined
  const axes = [
    ...parameters.map((parameter) => axisOf(parameter.path, parameter.choices, parameter.log, judged)),
    objectiveAxis(sweep, judged),
  ]
  const width = Math.max(640, 150 * axes.length)
  const x = (axis: number) => round(70 + (axis * (width - 140)) / (axes.length - 1))
  const byValue = [...judged].sort((a, b) => (axes.at(-1)?.place(a) ?? 0) - (axes.at(-1)?.place(b) ?? 0))
  const shown = spread(byValue)
  const lines = shown.map((trial, at) => {
    const shade = `p${Math.floor((shades * at) / shown.length) + 1}`
    const kind = best.includes(trial.number) ? 'best' : shade
    return html`<path class="trial ${kind}" d="${pathOf(axes, trial, x)}"><title>${titleOf(sweep, trial)}</title></path>`
  })
  const label = `${shown.length === judged.length ? `${formatCount(judged.length)} trials` : `${formatCount(shown.length)} of ${formatCount(judged.length)} trials, spread evenly by their rank,`} as lines across ${parameters.map(({ path }) => path).join(', ')} to ${objective.split} ${objective.metric}. The table of trials has the same data.`
  return html`<figure class="parallel"><figcaption>${label}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="Trials across parameters"><svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${lines}${axes.map((axis, at) => axisShape(axis, x(at)))}</svg></div></figure>`
}

function axisOf(
  path: string,
  choices: unknown[] | undefined,
  log: boolean | undefined,
  trials: ReportedTrial[],
): Axis {
  const heading = path.split('.').at(-1) ?? path
  if (choices !== undefined) {
    const texts = choices.map((choice) => leafText(choice))
    const at = (index: number) => (texts.length < 2 ? 0.5 : index / (texts.length - 1))
    return {
      heading,
      place: ({ parameters }) => {
        const index = path in parameters ? texts.indexOf(leafText(parameters[path])) : -1
        return index < 0 ? undefined : at(index)
      },
      ticks: texts.map((text, index) => ({
        at: at(index),
        text: text.length > 16 ? `${text.slice(0, 15)}…` : text,
      })),
    }
  }
  return numberAxis(heading, log ?? false, trials, ({ parameters }) => {
    const value = parameters[path]
    return typeof value === 'number' ? value : undefined
  })
}

function objectiveAxis({ objectives: [objective] }: ReportedSweep, trials: ReportedTrial[]): Axis {
  const axis = numberAxis(objective?.metric ?? '', false, trials, (trial) => judgedValue(trial, 0))
  if (objective?.goal === 'maximize') return axis
  const flipped = (at: number | undefined) => (at === undefined ? undefined : 1 - at)
  return {
    ...axis,
    place: (trial) => flipped(axis.place(trial)),
    ticks: axis.ticks.map(({ at, text }) => ({ at: 1 - at, text })),
  }
}

function numberAxis(
  heading: string,
  log: boolean,
  trials: ReportedTrial[],
  valueIn: (trial: ReportedTrial) => number | undefined,
): Axis {
  const values = trials.flatMap((trial) => valueIn(trial) ?? []).filter(Number.isFinite)
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const [from, to] =
    log && low > 0 ? [Math.log, Math.exp] : [(value: number) => value, (value: number) => value]
  const place = (value: number) => (high > low ? (from(value) - from(low)) / (from(high) - from(low)) : 0.5)
  const middle = to((from(low) + from(high)) / 2)
  const marks = high > low ? [low, middle, high] : values.slice(0, 1)
  return {
    heading,
    place: (trial) => {
      const value = valueIn(trial)
      return value === undefined || !Number.isFinite(value) ? undefined : place(value)
    },
    ticks: marks.map((value) => ({ at: place(value), text: formatNumber(value) })),
  }
}

function axisShape({ heading, ticks }: Axis, x: number): Html {
  return html`<line class="axis" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/><text class="tick middle heading" x="${x}" y="18">${heading}</text>${ticks.map(
    ({ at, text }) =>
      html`<line class="axis" x1="${x - 3}" x2="${x + 3}" y1="${y(at)}" y2="${y(at)}"/><text class="tick" x="${x + 6}" y="${y(at) + 4}">${text}</text>`,
  )}`
}

/** A parameter that a trial does not set interrupts its line. */
function pathOf(axes: Axis[], trial: ReportedTrial, x: (axis: number) => number): string {
  let open = false
  return axes
    .map((axis, index) => {
      const at = axis.place(trial)
      const command = open ? 'L' : 'M'
      open = at !== undefined
      return at === undefined ? '' : `${command}${x(index)} ${y(at)}`
    })
    .join('')
}

function titleOf({ objectives, parameters }: ReportedSweep, trial: ReportedTrial): string {
  const values = objectives.map(
    ({ metric }, at) => `${metric} ${formatNumber(judgedValue(trial, at) ?? Number.NaN)}`,
  )
  const set = parameters.flatMap(({ path }) =>
    path in trial.parameters ? `${path}=${leafText(trial.parameters[path])}` : [],
  )
  return `trial ${trial.number}: ${values.join(', ')}; ${set.join(' ')}`
}

/** So many of them that can be told apart, spread evenly, both ends among them. */
function spread<T>(all: T[]): T[] {
  if (all.length <= mostLines) return all
  return Array.from(
    { length: mostLines },
    (_, at) => all[Math.round((at * (all.length - 1)) / (mostLines - 1))] as T,
  )
}

function y(at: number): number {
  return round(bottom - at * (bottom - top))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
