import type { ReportedSweep, ReportedTrial } from './reported-sweep'
import { sweepPage } from './sweep-page'

const base: ReportedSweep = {
  project: 'lightning-mnist',
  name: 'quick',
  description: 'A small network',
  configuration: 'default',
  set: ['training.seed=3'],
  sampler: 'tpe',
  objectives: [{ metric: 'accuracy', split: 'validation', goal: 'maximize' }],
  parameters: [
    { path: 'training.learning_rate', log: true },
    { path: 'model.hidden', choices: [[32], [64, 64]] },
  ],
  trials: [],
  best: [],
  importance: {},
  trained: 2,
  reused: 1,
}

function trial(number: number, value: number, more: Partial<ReportedTrial> = {}): ReportedTrial {
  const parameters = { 'training.learning_rate': 10 ** -(1 + (number % 4)), 'model.hidden': [32] }
  return { number, parameters, state: 'complete', rungs: [rung(null, value)], ...more }
}

function rung(horizon: number | null, value: number, deviation = 0) {
  const runs = [{ id: 'abcdef0123', seconds: 2, metrics: { accuracy: value } }]
  return { horizon, values: [value], deviations: [deviation], runs }
}

const section = (page: string, id: string) =>
  new RegExp(`<section aria-labelledby="${id}">[\\s\\S]*?</section>`).exec(page)?.[0] ?? ''

test('history, parameters, importance and a table of all trials stand on one page, the best trial first', () => {
  const failure = { kind: 'nan', message: 'loss became nan at step 7' }
  const trials = [trial(1, 0.8), trial(2, 0.9), trial(3, 0, { state: 'failed', failure, rungs: [] })]
  const importance = { 'model.hidden': 0.25, 'training.learning_rate': 0.75 }
  const page = sweepPage({ ...base, trials, best: [2], importance })
  expect([...page.matchAll(/<h2 id="(\w+)">/g)].map(([, id]) => id)).toEqual([
    'best',
    'history',
    'parameters',
    'importance',
    'trials',
  ])
  const numbers = [...section(page, 'trials').matchAll(/<th scope="row" class="number">(\d+)/g)]
  expect(numbers.map(([, number]) => number)).toEqual(['2', '1', '3'])
  expect(section(page, 'trials')).toContain('failed (nan): loss became nan at step 7')
  expect(section(page, 'trials')).toContain('<code>abcdef0123</code>')
  expect(section(page, 'importance')).toMatch(/learning_rate[\s\S]*75\.0 %[\s\S]*hidden[\s\S]*25\.0 %/)
  expect(page).toContain('<dt>training behind them</dt><dd>4.0 s</dd>')
})

test('the history is dots of trials below a line of the best so far', () => {
  const page = sweepPage({ ...base, trials: [trial(1, 0.8), trial(2, 0.7), trial(3, 0.9)], best: [3] })
  const [, data = ''] =
    /<script type="application\/json">(.*?)<\/script>/.exec(section(page, 'history')) ?? []
  const { curves } = JSON.parse(data) as { curves: { name: string; mean: number[] }[] }
  expect(curves.map(({ name, mean }) => [name, mean])).toEqual([
    ['best so far', [0.8, 0.8, 0.9]],
    ['trial', [0.8, 0.7, 0.9]],
  ])
  expect(section(page, 'history')).toMatch(/<path class="line s1 dots" d="(M[\d.]+ [\d.]+h0){3}"/)
})

test('a line across the parameters has a gap where a trial does not set one, and better ones end above', () => {
  const without = trial(2, 0.9, { parameters: { 'training.learning_rate': 0.01 } })
  const ends = (goal: 'maximize' | 'minimize') => {
    const objectives = [{ metric: 'loss', split: 'validation', goal }]
    const page = sweepPage({
      ...base,
      objectives,
      trials: [trial(1, 0.8), without, trial(3, 0.7)],
      best: [2],
    })
    return Object.fromEntries(
      [...page.matchAll(/class="trial \w+" d="([^"]+)"><title>trial (\d)/g)].map(
        ([, d = '', number = '']) => [
          number,
          { end: Number(d.split(' ').at(-1)), parts: d.split('M').length - 1 },
        ],
      ),
    )
  }
  const { 1: middle, 2: gap, 3: low } = ends('maximize')
  expect([middle?.parts, gap?.parts]).toEqual([1, 2])
  expect(gap?.end).toBeLessThan(low?.end ?? 0)
  const minimized = ends('minimize')
  expect(minimized[2]?.end).toBeGreaterThan(minimized[3]?.end ?? 0)
})

test('rungs say how many came to each and went on', () => {
  const stopped = { state: 'stopped' as const, rungs: [rung(1, 0.5)] }
  const trials = [
    trial(1, 0, stopped),
    trial(2, 0, { rungs: [rung(1, 0.6), rung(3, 0.8)] }),
    trial(3, 0, { ...stopped, rungs: [rung(1, 0.4)] }),
  ]
  const page = sweepPage({ ...base, trials, best: [2], horizon: 'training.epochs' })
  const cells = [...section(page, 'rungs').matchAll(/<tr>(<th scope="row".*?)<\/tr>/g)].slice(0, 2)
  expect(
    cells.map(([, row = '']) =>
      row
        .replace(/<[^>]+>/g, ' ')
        .split(/\s+/)
        .filter(Boolean),
    ),
  ).toEqual([
    ['1', '3', '1', '0.6', '0.5', '0.4'],
    ['3', '1', '0', '0.8', '0.8', '0.8'],
  ])
  expect(section(page, 'trials')).toContain('ended early')
})

test('a mean over repeats stands with its deviation, and several objectives have a history each', () => {
  const objectives = [...base.objectives, { metric: 'loss', split: 'train', goal: 'minimize' as const }]
  const both = { ...rung(null, 0.9), values: [0.9, 0.3], deviations: [0.02, 0.1] }
  const page = sweepPage({ ...base, objectives, trials: [trial(1, 0, { rungs: [both] })], best: [1] })
  expect(section(page, 'trials')).toContain('0.9 ± 0.02')
  expect(section(page, 'history').match(/<figure/g)).toHaveLength(2)
})

test('where nobody judges the table has all metrics', () => {
  const page = sweepPage({ ...base, objectives: [], trials: [trial(1, 0.8), trial(2, 0.9)] })
  expect([...page.matchAll(/<h2 id="(\w+)">/g)].map(([, id]) => id)).toEqual(['trials'])
  expect(section(page, 'trials')).toMatch(/<th scope="col" class="number">accuracy<[\s\S]*>0\.8</)
})

test('it needs no network, and names of others are text', () => {
  const evil = '</script><script>alert(1)</script><img src=x>'
  const parameters = [{ path: evil, choices: [evil] }]
  const trials = [1, 2].map((number) => trial(number, number, { parameters: { [evil]: evil } }))
  const page = sweepPage({ ...base, name: evil, description: evil, parameters, trials, best: [1] })
  expect(page).not.toMatch(/<img|<script>alert|https?:|@import|url\(/)
  expect(page).not.toMatch(/(src|href)="(?!#|best\.yaml|trials\.)/)
  expect(page).toContain('default-src &#39;none&#39;')
})

test('1,000 trials make less than a megabyte, and 20,000 do not make much more', () => {
  const many = (count: number) => {
    const trials = Array.from({ length: count }, (_, at) => trial(at + 1, Math.sin(at)))
    return sweepPage({ ...base, trials, best: [1] })
  }
  expect(many(1000).length).toBeLessThan(1_000_000)
  const page = many(20_000)
  expect(page.length).toBeLessThan(1_300_000)
  expect(page).toContain('The best 1,000 of 20,000 trials')
  expect(page).toContain('400 of 20,000 trials')
})
