// What the page says of a run whose folder is there.

const { numberText } = require('../../../report/src/page/chart.js')
const { durationText, element, factText } = require('./elements.js')

/** The target as people call it. */
function runName({ project, target, configuration }) {
  return `${project}:${target}${configuration === 'default' ? '' : ` (${configuration})`}`
}

/** What was set by flags, one beside the other; nothing where nothing was. */
function overridesList(overrides) {
  if (overrides.length === 0) return undefined
  return element(
    'span',
    { class: 'overrides' },
    ...overrides.flatMap((each) => [element('code', {}, each), ' ']),
  )
}

function counterText(name, each) {
  return each && `${name} ${numberText(each.at)}${each.of ? ` of ${numberText(each.of)}` : ''}`
}

/** How far a running run is, in a line. */
function progressText(run) {
  return [
    counterText('epoch', run.epoch),
    counterText('step', run.step) ?? (run.target === 'train' && 'before its first step'),
    ...metricTexts(run).slice(0, 6),
    run.rate && `${numberText(Math.round(run.rate.perSecond * 10) / 10)} ${run.rate.unit}/s`,
    run.seconds_left !== undefined && `${durationText(run.seconds_left)} left`,
    run.device,
    run.temperature !== undefined && `${Math.round(run.temperature)} °C`,
  ]
    .filter(Boolean)
    .join(' · ')
}

function metricTexts(run) {
  return Object.entries(run.metrics).map(([name, value]) => `${name} ${factText(value)}`)
}

module.exports = { runName, overridesList, counterText, progressText, metricTexts }
