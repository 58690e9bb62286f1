// Makes a report livelier: charts fit the screen, axes can be chosen, values can be read off, frames can be turned.
// Without it the page shows the same data: this file only ever adds.

const { liveChart } = require('./live-chart.js')

const choices = { axis: 'step', log: false }
const charts = [...document.querySelectorAll('figure.chart')].map((figure) =>
  liveChart(figure, JSON.parse(figure.querySelector('script').textContent), choices),
)

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
