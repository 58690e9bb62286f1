import { Series } from '../series/series'
import {
  axisText,
  type Chart,
  describeChart,
  drawChart,
  numberText,
  positionToValue,
  valuesAt,
} from './chart.js'

const options = { width: 640, height: 280, axis: 'step', log: false } as const

function chart(values: number[], name = 'train'): Chart {
  const series = new Series(name)
  for (const [index, value] of values.entries()) series.add(index + 1, value, index / 2)
  return { title: 'loss', curves: [series.curve()] }
}

test('higher values stand higher, later ones further to the right', () => {
  const [, path = ''] = drawChart(chart([3, 2, 1]), options).match(/class="line s0" d="([^"]+)"/) ?? []
  const points = path
    .slice(1)
    .split('L')
    .map((point) => point.split(' ').map(Number) as [number, number])
  expect(points).toHaveLength(3)
  expect(points.map(([x]) => x)).toEqual([...points.map(([x]) => x)].sort((a, b) => a - b))
  expect(points.map(([, y]) => y)).toEqual([...points.map(([, y]) => y)].sort((a, b) => a - b))
})

test('equal ratios are equal distances on a logarithmic axis; values of zero keep it linear', () => {
  const heights = (values: number[], log: boolean) => {
    const [, path = ''] =
      drawChart(chart(values), { ...options, log }).match(/class="line s0" d="([^"]+)"/) ?? []
    const ys = path
      .slice(1)
      .split('L')
      .map((point) => Number(point.split(' ')[1])) as [number, number, number]
    return (ys[1] - ys[0]) / (ys[2] - ys[1])
  }
  expect(heights([100, 10, 1], true)).toBeCloseTo(1, 1)
  expect(heights([100, 10, 1], false)).toBeCloseTo(10, 0)
  expect(heights([100, 10, 0], true)).toBeCloseTo(9, 0)
})

test.each([
  ['one value', [5]],
  ['a constant', [2, 2, 2]],
  ['zeros', [0, 0]],
  ['nothing', []],
  ['no number', [Number.NaN]],
  ['huge and tiny', [1e-300, 1e300]],
  ['negative', [-5, -1]],
])('%s is drawn without a position that is not a number, on both scales and axes', (_, values) => {
  for (const log of [false, true]) {
    for (const axis of ['step', 'seconds'] as const) {
      expect(drawChart(chart(values), { ...options, log, axis, cursor: 1 })).not.toMatch(
        /NaN|Infinity|undefined/,
      )
    }
  }
})

test('a gap interrupts the line', () => {
  const [, path = ''] =
    drawChart(chart([1, 2, Number.NaN, 3, 4]), options).match(/class="line s0" d="([^"]+)"/) ?? []
  expect(path.match(/M/g)).toHaveLength(2)
})

test('the picture says in words what it shows', () => {
  expect(describeChart(chart([3, 9, 1]))).toBe('train: 3 values, first 3, last 1, lowest 1, highest 9.')
  expect(drawChart(chart([3, 9, 1]), options)).toContain('aria-label="loss. train: 3 values, first 3')
})

test('hostile names are text', () => {
  const svg = drawChart({ ...chart([1, 2], '"><script>'), title: '</svg><img onerror=x>' }, options)
  expect(svg).not.toMatch(/<script|<img|"><s/)
})

test('a position in the picture is a value on the axis, and what stands nearest to it is read off', () => {
  const loss = chart([3, 2, 1])
  expect(positionToValue(loss, options, 0)).toBe(1)
  expect(positionToValue(loss, options, 640)).toBe(3)
  expect(valuesAt(loss, 'step', 2.2)).toEqual({ at: 2, values: [{ name: 'train', value: '2' }] })
})

test('numbers and times on the axes are short', () => {
  expect([0, 0.00012, 0.25, 1234, 12_345, 2e7].map(numberText)).toEqual([
    '0',
    '1.2e-4',
    '0.25',
    '1234',
    '12,345',
    '2e7',
  ])
  expect([0, 5, 90, 3600, 7265].map((value) => axisText('seconds', value))).toEqual([
    '0 s',
    '5 s',
    '1:30',
    '1:00:00',
    '2:01:05',
  ])
})
