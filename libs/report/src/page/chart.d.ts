import type { Curve } from '../series/series'

/** What the horizontal axis shows: the step, or the seconds of the run. */
export type Axis = 'step' | 'seconds'

export interface Chart {
  title: string
  /** Words below the horizontal axis when it shows `step`; "step" unless given. */
  stepTitle?: string
  curves: Curve[]
  /** Names of curves whose values stand each for itself: dots that no line joins. */
  dots?: string[]
}

export interface ChartOptions {
  width: number
  height: number
  axis: Axis
  log: boolean
  /** Where the reader looks: a value on the horizontal axis. */
  cursor?: number
}

/** The chart as an SVG element. Pure: the same in Node and in a browser. */
export function drawChart(chart: Chart, options: ChartOptions): string

/** What a chart shows, in words, for those who do not see it. */
export function describeChart(chart: Chart): string

/** The values of all curves at the bucket nearest to `at`. */
export function valuesAt(
  chart: Chart,
  axis: Axis,
  at: number,
): { at: number; values: { name: string; value: string }[] }

/** The extent of the horizontal axis. */
export function extentOf(chart: Chart, axis: Axis): [number, number] | undefined

/** From a horizontal position inside the SVG (in its pixels) to a value on the axis. */
export function positionToValue(chart: Chart, options: ChartOptions, x: number): number

export function numberText(value: number): string
export function axisText(axis: Axis, value: number): string
