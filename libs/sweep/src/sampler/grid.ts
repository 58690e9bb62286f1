import type { Dimension, Json, Range, Sweep } from '@blacksmith/config'
import type { Parameters, Sampler } from './sampler'

/** All combinations, the last parameter changing fastest; those that are to come first do. */
export function gridSampler(sweep: Pick<Sweep, 'space' | 'first'>): Sampler {
  const points = distinct([...sweep.first, ...combinations(sweep.space)])
  let next = 0
  return {
    async ask(count) {
      const asked = points.slice(next, next + count).map((parameters, at) => ({ id: next + at, parameters }))
      next += asked.length
      return asked
    },
    async tell() {},
    async importance() {
      return {}
    },
    close() {},
  }
}

/** How many trials a grid has. */
export function gridSize(sweep: Pick<Sweep, 'space' | 'first'>): number {
  return distinct([...sweep.first, ...combinations(sweep.space)]).length
}

function combinations(space: readonly Dimension[]): Parameters[] {
  return space.reduce<Parameters[]>(
    (above, dimension) =>
      above.flatMap((parameters) =>
        isActive(dimension, parameters)
          ? valuesOf(dimension).map((value) => ({ ...parameters, [dimension.path]: value }))
          : [parameters],
      ),
    [{}],
  )
}

/** Whether a parameter is to be set beside those that are. */
function isActive({ when }: Dimension, parameters: Parameters): boolean {
  return Object.entries(when).every(([path, values]) =>
    values.some((value) => path in parameters && JSON.stringify(value) === JSON.stringify(parameters[path])),
  )
}

function valuesOf({ choices = [], range }: Dimension): Json[] {
  return range ? [...new Set(pointsOf(range))] : choices
}

function pointsOf({ from, to, log, whole, step = 1, points }: Range): number[] {
  if (points === undefined) {
    const count = Math.floor((to - from) / step + 1e-9) + 1
    return Array.from({ length: count }, (_, at) => rounded(from + at * step))
  }
  return Array.from({ length: points }, (_, at) => {
    const part = at / (points - 1)
    const value = log ? Math.exp(Math.log(from) + part * Math.log(to / from)) : from + part * (to - from)
    return whole ? Math.round(value) : at === 0 ? from : at === points - 1 ? to : rounded(value)
  })
}

/** Without the last digits, which sums and logarithms get wrong: 0.30000000000000004. */
function rounded(value: number): number {
  return Number(value.toPrecision(12))
}

function distinct(points: readonly Parameters[]): Parameters[] {
  const seen = new Set<string>()
  return points.filter((point) => {
    const text = JSON.stringify(Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1)))
    return !seen.has(text) && seen.add(text)
  })
}
