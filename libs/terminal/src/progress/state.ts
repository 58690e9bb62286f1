import { plainLine } from '@blacksmith/text'
import { History } from './history'
import { Pace } from './pace'

/** What is read of a trainer's event; each field is checked where it is used, since a trainer is another program. */
export interface ProgressEvent {
  readonly event: string
  readonly time?: number
  readonly [field: string]: unknown
}

/** A counter with its end, where the end is known. */
export interface Counter {
  at: number
  of?: number
}

/** Where a run is, as far as its events say. */
export class ProgressState {
  step: Counter | undefined
  epoch: Counter | undefined
  rate: { perSecond: number; unit: string } | undefined
  /** What the metrics are at the moment, in the order in which they first came; the loss comes first. */
  readonly metrics = new Map<string, number | string>()
  readonly loss = new History()
  /** The kind of device it runs on, with how many where they are several. */
  device: string | undefined
  temperature: number | undefined
  /** What is going on while there are no steps to show. */
  doing: string | undefined
  /** Seconds that the computation took, once it is over. */
  seconds: number | undefined

  private readonly pace = new Pace()
  /** When the first event came, and the last progress, in seconds since the epoch. */
  private began: number | undefined
  private reached: number | undefined

  /** Takes an event in; true when what is shown changed. */
  update(event: ProgressEvent): boolean {
    this.began ??= finite(event.time)
    if (event.event === 'progress') return this.progress(event)
    if (event.event === 'metric') return this.metric(event)
    if (event.event === 'telemetry') return this.telemetry(event)
    if (event.event === 'finished') return this.finished(event)
    if (event.event === 'started') return this.started(event)
    if (event.event === 'phase') return this.do('preparing the first step')
    if (event.event === 'doing') return this.do(event.what)
    return false
  }

  /** Whether the last step was printed. */
  get atEnd(): boolean {
    return this.step !== undefined && this.step.at === this.step.of
  }

  secondsLeft(): number | undefined {
    return this.pace.secondsLeft()
  }

  /** From the first event to where the run is. */
  secondsElapsed(): number | undefined {
    if (this.began === undefined || this.reached === undefined) return undefined
    return Math.max(0, this.reached - this.began)
  }

  private started({ device }: ProgressEvent): boolean {
    if (isRecord(device) && typeof device.kind === 'string') {
      const count = finite(device.count) ?? 1
      this.device = count > 1 ? `${count} × ${plainLine(device.kind)}` : plainLine(device.kind)
    }
    return this.do('loading')
  }

  private do(what: unknown): boolean {
    if (typeof what !== 'string') return false
    this.doing = plainLine(what)
    return true
  }

  private progress(event: ProgressEvent): boolean {
    this.doing = undefined
    this.step = counter(event.step, event.of) ?? this.step
    this.epoch = counter(event.epoch, event.epochs) ?? this.epoch
    const rate = finite(event.rate)
    if (rate !== undefined && rate >= 0) {
      this.rate = { perSecond: rate, unit: typeof event.unit === 'string' ? plainLine(event.unit) : 'items' }
    }
    this.take(event.metrics, '')
    const loss = isRecord(event.metrics) ? finite(event.metrics.loss) : undefined
    if (loss !== undefined) this.loss.add(loss)
    const { step } = this
    this.reached = finite(event.time) ?? Date.now() / 1000
    if (step?.of !== undefined) this.pace.add(this.reached, step.at / step.of)
    return true
  }

  private metric(event: ProgressEvent): boolean {
    // The training split's values also come with its progress events, and more often.
    if (event.split === 'train') return false
    this.doing = undefined
    this.take(event.values, typeof event.split === 'string' ? plainLine(event.split) : '')
    return true
  }

  private telemetry(event: ProgressEvent): boolean {
    const measured = isRecord(event.values) ? event.values : event
    const temperature = finite(measured.temperature)
    if (temperature === undefined) return false
    this.temperature = temperature
    return true
  }

  private finished(event: ProgressEvent): boolean {
    this.doing = undefined
    // What a run has come to stands for what it was on the way.
    for (const name of Object.keys(isRecord(event.metrics) ? event.metrics : {}))
      for (const earlier of this.metrics.keys())
        if (earlier.endsWith(` ${plainLine(name)}`)) this.metrics.delete(earlier)
    this.take(event.metrics, '')
    this.seconds = finite(event.seconds)
    return true
  }

  private take(values: unknown, prefix: string): void {
    if (!isRecord(values)) return
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number' && typeof value !== 'string') continue
      const shown = [prefix, plainLine(name)].filter(Boolean).join(' ')
      this.metrics.set(shown, typeof value === 'number' ? value : plainLine(value))
    }
  }
}

function counter(at: unknown, of: unknown): Counter | undefined {
  const position = finite(at)
  if (position === undefined || position < 0) return undefined
  const end = finite(of)
  return end === undefined || end <= 0 || end < position ? { at: position } : { at: position, of: end }
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
