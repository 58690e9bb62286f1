import { formatAcceptance } from './acceptance'

test('the table shows what was asked, what came out and the verdict', () => {
  const text = formatAcceptance({
    metrics: { accuracy: 0.95412, loss: 0.161, latency: 12 },
    acceptance: { accuracy: { at_least: 0.93, met: true }, loss: { at_least: 0, at_most: 0.1, met: false } },
    accepted: false,
  })
  expect(text.split('\n')).toEqual([
    'metric     value  asked                    verdict',
    'accuracy  0.9541  at least 0.93            met',
    'loss       0.161  at least 0, at most 0.1  not met',
    'latency       12',
    'rejected: 1 of 2 demands not met',
  ])
})

test('a metric that was asked for and is missing says so', () => {
  const text = formatAcceptance({
    metrics: {},
    acceptance: { psnr: { at_least: 20, met: false } },
    accepted: false,
  })
  expect(text).toContain('psnr    missing  at least 20  not met')
})

test('a model that nothing is asked of is accepted, and says so', () => {
  expect(formatAcceptance({ metrics: {}, acceptance: {}, accepted: true })).toBe(
    'accepted: nothing was asked of it',
  )
})

describe('data of a person’s own', () => {
  const metrics = { accuracy: 0.71, loss: 0.9 }

  test('are reported beside the thresholds that were set for others, without a verdict on the model', () => {
    const text = formatAcceptance({
      metrics,
      acceptance: {},
      not_judged: { accuracy: { at_least: 0.947 } },
      accepted: true,
    })
    expect(text.split('\n')).toEqual([
      'metric    value  asked           verdict',
      'accuracy   0.71  at least 0.947  not judged',
      'loss        0.9',
      'reported, not judged: the thresholds were set for other data than those at dataset.path',
      '  set them where dataset.path is set: --set acceptance.accuracy.at_least=<number>, or in an overlay',
    ])
  })

  test('are judged by what was asked of them alone', () => {
    const text = formatAcceptance({
      metrics,
      acceptance: { accuracy: { at_least: 0.7, met: true } },
      not_judged: { loss: { at_most: 0.1 } },
      accepted: true,
    })
    expect(text).toContain('loss        0.9  at most 0.1   not judged')
    expect(text).toMatch(/\naccepted$/)
  })
})
