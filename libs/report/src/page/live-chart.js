// A chart that fits its place, follows the reader's choices and shows its values under a pointer or a slider. Used by
// the script of a report and by that of the dashboard.

const { labelledSlider } = require('./slider.js')
const { axisText, drawChart, extentOf, positionToValue, valuesAt } = require('./chart.js')

/**
 * @param {Element} figure with an element of the class `picture`
 * @param {import('./chart').Chart} first
 * @param {{ axis: import('./chart').Axis, log: boolean }} choices
 */
function liveChart(figure, first, choices) {
  let chart = first
  /** @type {number | undefined} */
  let cursor
  const picture = figure.querySelector('.picture')
  const { label, slider } = labelledSlider('Position', ` in ${chart.title}`, {
    min: 0,
    max: 1000,
    value: 1000,
  })
  const readout = document.createElement('p')
  readout.className = 'readout'
  picture.after(label, readout)

  /** @returns {import('./chart').ChartOptions} */
  const options = () => {
    const hasTime = chart.curves.some((curve) => curve.seconds.some((value) => value !== null))
    return {
      width: Math.max(220, Math.floor(picture.clientWidth)),
      height: picture.clientWidth < 420 ? 220 : 280,
      axis: choices.axis === 'seconds' && hasTime ? 'seconds' : 'step',
      log: choices.log,
      cursor,
    }
  }
  const draw = () => {
    picture.innerHTML = drawChart(chart, options())
    // Of a chart that nobody has looked into yet the slider stands at its end.
    const end = extentOf(chart, options().axis)?.[1]
    if (cursor === undefined && end !== undefined) slider.setAttribute('aria-valuetext', words(end).text)
  }
  const words = (value) => {
    const { axis } = options()
    const { at, values } = valuesAt(chart, axis, value)
    const place = axis === 'step' ? `${chart.stepTitle || 'step'} ${axisText(axis, at)}` : axisText(axis, at)
    return { at, text: `${place}: ${values.map((each) => `${each.name} ${each.value}`).join(', ')}` }
  }
  const look = (value) => {
    const { at, text } = words(value)
    cursor = at
    readout.textContent = text
    slider.setAttribute('aria-valuetext', text)
    draw()
  }
  slider.addEventListener('input', () => {
    const extent = extentOf(chart, options().axis)
    if (extent) look(extent[0] + (Number(slider.value) / 1000) * (extent[1] - extent[0]))
  })
  picture.addEventListener('pointermove', (event) => {
    const value = positionToValue(
      chart,
      options(),
      /** @type {PointerEvent} */ (event).clientX - picture.getBoundingClientRect().left,
    )
    const extent = extentOf(chart, options().axis)
    if (extent && extent[1] > extent[0]) {
      slider.value = String(Math.round(((value - extent[0]) / (extent[1] - extent[0])) * 1000))
    }
    look(value)
  })
  new ResizeObserver(draw).observe(picture)
  return {
    redraw() {
      cursor = undefined
      slider.value = slider.max
      readout.textContent = ''
      draw()
    },
    update(next) {
      chart = next
      draw()
    },
  }
}

/**
 * Shows the reader's choices of axis and scale, and follows them.
 *
 * @param {{ axis: import('./chart').Axis, log: boolean }} choices
 * @param {() => void} onChange
 */
function followChoices(choices, onChange) {
  for (const group of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.choices'))) {
    group.hidden = false
    group.addEventListener('change', (event) => {
      const { name, value } = /** @type {HTMLInputElement} */ (event.target)
      if (name === 'axis') choices.axis = value === 'seconds' ? 'seconds' : 'step'
      if (name === 'scale') choices.log = value === 'log'
      onChange()
    })
  }
}

module.exports = { followChoices, liveChart }
