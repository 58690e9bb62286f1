// Draws curves as SVG. This file is used twice: by Node, which writes a picture into the page that needs no script,
// and in the page, where the picture is drawn anew for the width of the screen and the reader's choices.
// It is plain JavaScript since it ships as it is; chart.d.ts has its types.

const margin = { left: 60, right: 14, top: 10, bottom: 40 }
const styles = 8

function drawChart(chart, options) {
  const plot = plotOf(chart, options)
  const { width, height } = options
  const label = escapeText(`${chart.title}. ${describeChart(chart)}`)
  const open = `<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`
  if (plot === undefined)
    return `${open}<text x="${width / 2}" y="${height / 2}" class="tick middle">no values</text></svg>`
  return (
    open +
    axes(chart, options, plot) +
    chart.curves
      .map((curve, index) =>
        chart.dots?.includes(curve.name)
          ? dotsShape(curve, index, options, plot)
          : curveShape(curve, index, options, plot),
      )
      .join('') +
    cursorShape(chart, options, plot) +
    '</svg>'
  )
}

/** Where values go: the extents of both axes and the functions from a value to a pixel. */
function plotOf(chart, { width, height, axis, log }) {
  const xExtent = extentOf(chart, axis)
  const yExtent = valueExtent(chart, log)
  if (xExtent === undefined || yExtent === undefined) return undefined
  const transform = log && yExtent[0] > 0 ? Math.log10 : (value) => value
  const [left, right] = [margin.left, Math.max(margin.left + 10, width - margin.right)]
  const [bottom, top] = [Math.max(margin.top + 10, height - margin.bottom), margin.top]
  const [x0, x1] = xExtent
  const [y0, y1] = yExtent.map(transform)
  return {
    xExtent,
    yExtent,
    isLog: transform === Math.log10,
    left,
    right,
    top,
    bottom,
    x: (value) => (x1 === x0 ? (left + right) / 2 : left + ((value - x0) / (x1 - x0)) * (right - left)),
    y: (value) => bottom - ((transform(value) - y0) / (y1 - y0)) * (bottom - top),
  }
}

function extentOf(chart, axis) {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const curve of chart.curves) {
    for (const value of curve[axis]) {
      if (value === null) continue
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return low > high ? undefined : [low, high]
}

function valueExtent(chart, log) {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let lowPositive = Number.POSITIVE_INFINITY
  for (const curve of chart.curves) {
    for (let at = 0; at < curve.mean.length; at += 1) {
      if (curve.mean[at] === null) continue
      low = Math.min(low, curve.low[at])
      high = Math.max(high, curve.high[at])
      if (curve.low[at] > 0) lowPositive = Math.min(lowPositive, curve.low[at])
    }
  }
  if (low > high) return undefined
  // Values at or below zero have no place on a logarithmic axis; where there are any, the axis stays linear.
  if (log && low > 0) return lowPositive === high ? [high / 2, high * 2] : [lowPositive, high]
  const padding = high === low ? Math.abs(high) / 10 || 1 : (high - low) / 20
  return [low - padding, high + padding]
}

function axes(chart, options, plot) {
  const { left, right, top, bottom } = plot
  const yTicks = plot.isLog ? logTicks(plot.yExtent) : linearTicks(plot.yExtent, (bottom - top) / 34)
  const xTicks = linearTicks(plot.xExtent, (right - left) / 60, options.axis === 'step')
  const rows = yTicks.map((tick) => {
    const y = round(plot.y(tick))
    return `<line class="grid" x1="${left}" x2="${right}" y1="${y}" y2="${y}"/><text class="tick end" x="${left - 8}" y="${y + 4}">${numberText(tick)}</text>`
  })
  const columns = xTicks.map((tick) => {
    const x = round(plot.x(tick))
    return `<line class="axis" x1="${x}" x2="${x}" y1="${bottom}" y2="${bottom + 4}"/><text class="tick middle" x="${x}" y="${bottom + 18}">${axisText(options.axis, tick)}</text>`
  })
  const title = options.axis === 'step' ? chart.stepTitle || 'step' : 'time'
  return (
    rows.join('') +
    columns.join('') +
    `<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>` +
    `<text class="tick middle" x="${(left + right) / 2}" y="${bottom + 34}">${escapeText(title)}</text>`
  )
}

function curveShape(curve, index, options, plot) {
  const xs = curve[options.axis]
  const style = `s${index % styles}`
  let line = ''
  let open = false
  const points = []
  let band = ''
  let upper = []
  let lower = []
  const closeBand = () => {
    if (upper.length > 1) band += `M${upper.join('L')}L${lower.reverse().join('L')}Z`
    upper = []
    lower = []
  }
  for (let at = 0; at < xs.length; at += 1) {
    if (xs[at] === null || curve.mean[at] === null) {
      open = false
      closeBand()
      continue
    }
    const x = round(plot.x(xs[at]))
    const y = round(plot.y(curve.mean[at]))
    line += `${open ? 'L' : 'M'}${x} ${y}`
    open = true
    points.push([x, y])
    upper.push(`${x} ${round(plot.y(curve.high[at]))}`)
    lower.push(`${x} ${round(plot.y(curve.low[at]))}`)
  }
  closeBand()
  const spread = curve.mean.some((mean, at) => mean !== null && curve.low[at] !== curve.high[at])
  const dots =
    points.length <= 40
      ? points.map(([x, y]) => `<circle class="dot ${style}" cx="${x}" cy="${y}" r="2.5"/>`)
      : []
  return (
    (spread ? `<path class="band ${style}" d="${band}"/>` : '') +
    `<path class="line ${style}" d="${line}"/>` +
    dots.join('')
  )
}

/** Values that no line joins: one path, as there may be thousands. */
function dotsShape(curve, index, options, plot) {
  const xs = curve[options.axis]
  const dots = xs.map((x, at) =>
    x === null || curve.mean[at] === null ? '' : `M${round(plot.x(x))} ${round(plot.y(curve.mean[at]))}h0`,
  )
  return `<path class="line s${index % styles} dots" d="${dots.join('')}"/>`
}

function cursorShape(chart, options, plot) {
  if (options.cursor === undefined) return ''
  const nearest = valuesAt(chart, options.axis, options.cursor).at
  const x = round(plot.x(nearest))
  return `<line class="cursor" x1="${x}" x2="${x}" y1="${plot.top}" y2="${plot.bottom}"/>`
}

function positionToValue(chart, options, x) {
  const plot = plotOf(chart, options)
  if (plot === undefined) return 0
  const part = Math.min(1, Math.max(0, (x - plot.left) / (plot.right - plot.left)))
  return plot.xExtent[0] + part * (plot.xExtent[1] - plot.xExtent[0])
}

function valuesAt(chart, axis, at) {
  const all = chart.curves.map((curve) => ({ curve, index: nearestIndex(curve[axis], at) }))
  const distances = all.filter(({ index }) => index >= 0).map(({ curve, index }) => curve[axis][index])
  const nearest = distances.sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0] ?? at
  return {
    at: nearest,
    values: all
      .filter(({ index }) => index >= 0)
      .map(({ curve, index }) => ({
        name: curve.name,
        value: curve.mean[index] === null ? 'no value' : numberText(curve.mean[index]),
      })),
  }
}

function nearestIndex(xs, at) {
  let best = -1
  for (let index = 0; index < xs.length; index += 1) {
    if (xs[index] === null) continue
    if (best < 0 || Math.abs(xs[index] - at) < Math.abs(xs[best] - at)) best = index
  }
  return best
}

function describeChart(chart) {
  const sentences = chart.curves.slice(0, styles).map((curve) => {
    const finite = curve.mean.filter((value) => value !== null)
    if (finite.length === 0) return `${curve.name}: no values.`
    const first = numberText(finite[0])
    const last = numberText(finite[finite.length - 1])
    const lowest = numberText(Math.min(...curve.low.filter((value) => value !== null)))
    const highest = numberText(Math.max(...curve.high.filter((value) => value !== null)))
    const points = curve.count === 1 ? '1 value' : `${curve.count} values`
    return `${curve.name}: ${points}, first ${first}, last ${last}, lowest ${lowest}, highest ${highest}.`
  })
  const more = chart.curves.length - sentences.length
  return sentences.join(' ') + (more > 0 ? ` ${more} more curves.` : '')
}

function linearTicks([low, high], wanted, whole = false) {
  if (low === high) return [low]
  const rough = (high - low) / Math.max(1, Math.floor(wanted))
  const power = 10 ** Math.floor(Math.log10(rough))
  const nice = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) * power
  const step = whole && nice < 10 ? Math.max(1, Math.ceil(nice)) : nice
  const ticks = []
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
    ticks.push(Number((index * step).toPrecision(12)))
  }
  return ticks
}

function logTicks([low, high]) {
  const decades = Math.log10(high / low)
  const factors = decades < 1.5 ? [1, 1.5, 2, 3, 5, 7] : decades < 4 ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil(decades / 6))
  const ticks = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += every) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(6))
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick)
    }
  }
  return ticks
}

function numberText(value) {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size < 1e-3 || size >= 1e7) return value.toExponential(2).replace(/\.?0*e\+?/, 'e')
  if (size >= 1e4)
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return String(Number(value.toPrecision(4)))
}

function axisText(axis, value) {
  if (axis === 'step') return numberText(value)
  if (value < 60) return `${Number(value.toPrecision(3))} s`
  const two = (part) => String(Math.floor(part)).padStart(2, '0')
  const minutes = `${Math.floor((value % 3600) / 60)}`
  return value < 3600
    ? `${minutes}:${two(value % 60)}`
    : `${Math.floor(value / 3600)}:${two((value % 3600) / 60)}:${two(value % 60)}`
}

function round(value) {
  return Math.round(value * 10) / 10
}

function escapeText(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

module.exports = { drawChart, describeChart, valuesAt, extentOf, positionToValue, numberText, axisText }
