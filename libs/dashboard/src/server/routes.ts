import { join } from 'node:path'
import { liesInside } from '@blacksmith/protocol'
import { compareRuns, comparisonPage, readComparedRun } from '@blacksmith/report/compare'
import { MetricsReader, TelemetryReader } from '@blacksmith/report/series'
import { renderReport } from '@blacksmith/report/write-report'
import { FollowedCurves } from '../live/followed-curves'
import { workId } from '../live/live-runs'
import { logTail } from '../live/log-tail'
import type { RunIndex } from '../runs/run-index'
import { searchRuns } from '../runs/search'
import type { Admitted } from './access'

/** An answer of the dashboard. */
export interface RouteResponse {
  status: number
  type: 'text/html; charset=utf-8' | 'application/json'
  body: string
}

const mostCompared = 20
const mostFollowed = 64

/** Answers all questions but the stream of events. Whatever names a file is a digest, checked before it is one. */
export class Routes {
  private readonly followed = new Map<string, { metrics: FollowedCurves; telemetry: FollowedCurves }>()

  constructor(
    private readonly index: RunIndex,
    private readonly workFolder: string,
    private readonly page: () => string,
  ) {}

  async handle({ path, parameters }: Admitted): Promise<RouteResponse | undefined> {
    if (path === '') return html(this.page())
    if (path === 'runs') return json(this.search(parameters))
    if (path === 'compare') return this.compare(parameters.getAll('run'))
    const [kind, id = '', ...rest] = path.split('/')
    if (rest.length > 0) return undefined
    if (kind === 'report') return this.report(id)
    if (kind === 'live' && workId.test(id)) return this.live(id)
    return undefined
  }

  private search(parameters: URLSearchParams) {
    const number = (name: string, fallback: number, most: number) => {
      const value = Number(parameters.get(name) ?? fallback)
      return Number.isInteger(value) && value >= 0 ? Math.min(value, most) : fallback
    }
    const page = searchRuns(this.index.all(), {
      search: (parameters.get('search') ?? '').slice(0, 500),
      project: parameters.get('project') ?? '',
      target: parameters.get('target') ?? '',
      sort: parameters.get('sort') ?? 'started',
      from: number('from', 0, 1e9),
      count: number('count', 50, 200),
    })
    // The parameters are searched here; a page that shows fifty runs need not carry them.
    const runs = page.runs.map(({ parameters: _parameters, model: _model, ...run }) => run)
    return { ...page, runs, complete: this.index.complete }
  }

  private async report(key: string): Promise<RouteResponse | undefined> {
    const run = this.index.get(key)
    if (run === undefined) return undefined
    const training = this.index.trainingOf(run)
    const { page } = await renderReport(
      this.index.directory(key),
      training === undefined ? {} : { training: this.index.directory(training.key) },
    )
    return html(page)
  }

  private async compare(keys: string[]): Promise<RouteResponse | undefined> {
    const runs = keys.slice(0, mostCompared).map((key) => this.index.get(key))
    if (runs.length === 0 || runs.some((run) => run === undefined)) return undefined
    const compared = await Promise.all(
      runs.map((run) => {
        const { key } = run as { key: string }
        const training = run === undefined ? undefined : this.index.trainingOf(run)
        return readComparedRun(
          this.index.directory(key),
          training === undefined ? undefined : this.index.directory(training.key),
        )
      }),
    )
    return html(comparisonPage(compareRuns(compared)))
  }

  private async live(id: string): Promise<RouteResponse> {
    const records = join(this.workFolder, id, 'records')
    // What lies behind a link is not this run's. Its files are looked at where they are opened.
    if (!(await liesInside(this.workFolder, id, 'records')))
      return json({ metrics: [], telemetry: [], log: [] })
    let followed = this.followed.get(id)
    if (followed === undefined) {
      // Runs end and are never asked for again; the oldest one makes room.
      const [oldest] = this.followed.keys()
      if (this.followed.size >= mostFollowed && oldest !== undefined) this.followed.delete(oldest)
      followed = {
        metrics: new FollowedCurves(join(records, 'metrics.jsonl'), () => new MetricsReader()),
        telemetry: new FollowedCurves(join(records, 'telemetry.jsonl'), () => new TelemetryReader()),
      }
      this.followed.set(id, followed)
    }
    const [metrics, telemetry, log] = await Promise.all([
      followed.metrics.curves(),
      followed.telemetry.curves(),
      logTail(join(records, 'log.txt')),
    ])
    return json({ metrics, telemetry, log })
  }
}

function json(value: unknown): RouteResponse {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) }
}

function html(page: string): RouteResponse {
  return { status: 200, type: 'text/html; charset=utf-8', body: page }
}
