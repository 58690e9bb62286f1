// Makes a page livelier: charts fit the screen, axes can be chosen, values can be read off, frames can be turned.
// Without it the page shows the same data: this file only ever adds. It shares its scope with chart.js.

const choices = { axis: 'step', log: false }
const charts = [...document.querySelectorAll('figure.chart')].map(liveChart)

function liveChart(figure) {
  const chart = JSON.parse(figure.querySelector('script').textContent)
  const picture = figure.querySelector('.picture')
  const slider = document.createElement('input')
  const readout = document.createElement('p')
  let cursor
  slider.type = 'range'
  slider.min = '0'
  slider.max = '1000'
  slider.value = '1000'
  slider.setAttribute('aria-label', `Position in ${chart.title}`)
  readout.className = 'readout'
  picture.after(slider, readout)

  const hasTime = chart.curves.some((curve) => curve.seconds.some((value) => value !== null))
  const options = () => ({
    width: Math.max(220, Math.floor(picture.clientWidth)),
    height: picture.clientWidth < 420 ? 220 : 280,
    axis: choices.axis === 'seconds' && hasTime ? 'seconds' : 'step',
    log: choices.log,
    cursor,
  })
  const draw = () => {
    picture.innerHTML = drawChart(chart, options())
  }
  const look = (value) => {
    const { axis } = options()
    const found = valuesAt(chart, axis, value)
    cursor = found.at
    const place =
      axis === 'step' ? `${chart.stepTitle || 'step'} ${axisText(axis, found.at)}` : axisText(axis, found.at)
    const values = found.values.map((each) => `${each.name} ${each.value}`).join(', ')
    readout.textContent = `${place}: ${values}`
    slider.setAttribute('aria-valuetext', readout.textContent)
    draw()
  }
  slider.addEventListener('input', () => {
    const extent = extentOf(chart, options().axis)
    if (extent) look(extent[0] + (Number(slider.value) / 1000) * (extent[1] - extent[0]))
  })
  picture.addEventListener('pointermove', (event) => {
    const box = picture.getBoundingClientRect()
    const value = positionToValue(chart, options(), event.clientX - box.left)
    const extent = extentOf(chart, options().axis)
    if (extent && extent[1] > extent[0])
      slider.value = String(Math.round(((value - extent[0]) / (extent[1] - extent[0])) * 1000))
    look(value)
  })
  new ResizeObserver(draw).observe(picture)
  return {
    redraw() {
      cursor = undefined
      readout.textContent = ''
      draw()
    },
  }
}

for (const group of document.querySelectorAll('.choices')) {
  group.hidden = false
  group.addEventListener('change', (event) => {
    const { name, value } = event.target
    if (name.endsWith('axis')) choices.axis = value
    if (name.endsWith('scale')) choices.log = value === 'log'
    for (const chart of charts) chart.redraw()
  })
}

for (const strip of document.querySelectorAll('.frames')) {
  const frames = [...strip.querySelectorAll('figure')]
  const slider = document.createElement('input')
  slider.type = 'range'
  slider.min = '1'
  slider.max = String(frames.length)
  slider.value = '1'
  slider.setAttribute('aria-label', `Frame of ${strip.dataset.title}`)
  const show = () => {
    frames.forEach((frame, index) => {
      frame.hidden = index !== Number(slider.value) - 1
    })
    slider.setAttribute('aria-valuetext', `${slider.value} of ${frames.length}`)
  }
  slider.addEventListener('input', show)
  strip.classList.add('turned')
  strip.after(slider)
  show()
}
