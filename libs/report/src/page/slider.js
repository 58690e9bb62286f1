// A slider with its name beside it.

/**
 * @param {string} name what stands beside the slider
 * @param {string} more what those hear who do not see what the slider belongs to
 * @param {{ min: number, max: number, value: number }} range
 */
function labelledSlider(name, more, range) {
  const label = document.createElement('label')
  const unseen = document.createElement('span')
  const slider = document.createElement('input')
  label.className = 'slider'
  unseen.className = 'unseen'
  unseen.textContent = more
  slider.type = 'range'
  for (const [field, value] of Object.entries(range)) slider[field] = String(value)
  label.append(name, unseen, slider)
  return { label, slider }
}

module.exports = { labelledSlider }
