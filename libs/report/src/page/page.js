// Makes a report livelier: charts fit the screen, axes can be chosen, values can be read off, frames can be turned.
// Without it the page shows the same data: this file only ever adds.

const { followChoices, liveChart } = require('./live-chart.js')
const { labelledSlider } = require('./slider.js')

/** @type {{ axis: import('./chart').Axis, log: boolean }} */
const choices = { axis: 'step', log: false }
const charts = [...document.querySelectorAll('figure.chart')].map((figure) =>
  liveChart(figure, JSON.parse(figure.querySelector('script').textContent), choices),
)

followChoices(choices, () => {
  for (const chart of charts) chart.redraw()
})

for (const strip of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.frames'))) {
  const frames = [...strip.querySelectorAll('figure')]
  const range = { min: 1, max: frames.length, value: 1 }
  const { label, slider } = labelledSlider('Frame', ` of ${strip.dataset.title}`, range)
  const show = () => {
    frames.forEach((frame, index) => {
      frame.hidden = index !== Number(slider.value) - 1
    })
    slider.setAttribute('aria-valuetext', `${slider.value} of ${frames.length}`)
  }
  slider.addEventListener('input', show)
  strip.classList.add('turned')
  strip.after(label)
  show()
}
