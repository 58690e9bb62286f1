import type { RunSummary } from './run-summary'

/** What is asked of the list of runs. */
export interface RunQuery {
  /** Words that a run has to hold; `accuracy>0.9` compares a metric. */
  search: string
  project: string
  target: string
  /** `started`, `seconds`, `bytes` or a metric; the largest first. */
  sort: string
  /** How many runs of the order are passed over, and how many are given. */
  from: number
  count: number
}

/** A part of the list, and what there is to choose from. */
export interface RunPage {
  total: number
  runs: RunSummary[]
  projects: string[]
  metrics: string[]
  bytes: number
}

const comparison = /^([\w /@-]+?)(>=|<=|>|<)(-?[\d.]+(?:e[+-]?\d+)?)$/i

/** The runs that a query asks for, in its order. */
export function searchRuns(all: Iterable<RunSummary>, query: RunQuery): RunPage {
  const conditions = query.search.split(/\s+/).filter(Boolean).slice(0, 20).map(condition)
  const projects = new Set<string>()
  const metrics = new Set<string>()
  const found: RunSummary[] = []
  let bytes = 0
  for (const run of all) {
    projects.add(run.project)
    for (const metric in run.metrics) if (metrics.size < 100) metrics.add(metric)
    if (query.project !== '' && run.project !== query.project) continue
    if (query.target !== '' && run.target !== query.target) continue
    if (!conditions.every((holds) => holds(run))) continue
    bytes += run.bytes
    found.push(run)
  }
  const value = sortValue(query.sort)
  found.sort((a, b) => compare(value(b), value(a)) || compare(b.started, a.started))
  return {
    total: found.length,
    runs: found.slice(query.from, query.from + query.count),
    projects: [...projects].sort(),
    metrics: [...metrics].sort(),
    bytes,
  }
}

function condition(word: string): (run: RunSummary) => boolean {
  const [, metric, operator, number] = comparison.exec(word) ?? []
  if (metric !== undefined && operator !== undefined) {
    const bound = Number(number)
    return (run) => {
      const value = Object.hasOwn(run.metrics, metric) ? run.metrics[metric] : undefined
      if (value === undefined || value === null) return false
      if (operator === '>') return value > bound
      if (operator === '<') return value < bound
      return operator === '>=' ? value >= bound : value <= bound
    }
  }
  const wanted = word.toLowerCase()
  return (run) => haystack(run).includes(wanted)
}

const haystacks = new WeakMap<RunSummary, string>()

function haystack(run: RunSummary): string {
  const known = haystacks.get(run)
  if (known !== undefined) return known
  const { key, id, project, configuration, target, device, commit, overrides, parameters } = run
  const text = [key, id, project, configuration, target, device, commit, ...overrides, parameters]
    .join(' ')
    .toLowerCase()
  haystacks.set(run, text)
  return text
}

function sortValue(sort: string): (run: RunSummary) => string | number {
  if (sort === 'seconds' || sort === 'bytes') return (run) => run[sort]
  if (sort === 'started') return (run) => run.started
  return (run) => (Object.hasOwn(run.metrics, sort) ? (run.metrics[sort] ?? -Infinity) : -Infinity)
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
