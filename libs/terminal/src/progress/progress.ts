import { plainLines } from '@blacksmith/text'
import { lastLine, liveLine, logLine } from './line'
import { type ProgressEvent, ProgressState } from './state'
import { TerminalLine } from './terminal-line'
import { Warnings } from './warnings'

const redrawMs = 100
const logLineMs = 5_000

/** Shows people a run while it goes on. */
export interface Progress {
  /** Takes a trainer's event; kinds that it does not know are passed over. */
  event(event: ProgressEvent): void
  /** Prints a line of its own (several, where it holds line breaks) without tearing the redrawn one. */
  note(line: string): void
  /** Tells what is true at this moment only, such as a wait: no log that a cache keeps has it. */
  passing(line: string): void
  /** Cleans up and leaves the last state as a whole line. To be called when the run is over, however it ended. */
  end(): void
}

/** How progress is shown: `now` (milliseconds) and `interval` are for tests. */
export interface ProgressOptions {
  stream: NodeJS.WriteStream
  label: string
  /** The columns of the window that people look at, where the stream does not know them. */
  columns?: () => number | undefined
  /** Writes past whatever keeps the stream for a cache; false where that cannot be. */
  past?: (text: string) => boolean
  now?: () => number
  interval?: number
}

/**
 * On a terminal one line that is redrawn in place; elsewhere whole lines, at most one every few seconds, of which the
 * first and the last are always printed. A log may be replayed by a cache, so whole lines hold no clock time and no
 * time that is left.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { stream } = options
  return stream.isTTY && process.env.TERM !== 'dumb' ? onTerminal(options) : inLog(options)
}

function onTerminal({ stream, label, columns }: ProgressOptions): Progress {
  const state = new ProgressState()
  const warnings = new Warnings()
  const line = new TerminalLine(stream, columns)
  let timer: NodeJS.Timeout | undefined
  let drawn = false
  let settled = false
  let ended = false
  const draw = () => {
    timer = undefined
    drawn = true
    line.draw(liveLine(label, state, line.columns()))
  }
  const note = (text: string) => {
    if (ended) return void stream.write(`${plainLines(text).join('\n')}\n`)
    line.above(plainLines(text))
    if (drawn) draw()
  }
  // The line that stays comes as soon as the run is over: what is said about its results belongs below.
  const settle = () => {
    clearTimeout(timer)
    timer = undefined
    line.clear()
    if (!settled && hasNews(state)) stream.write(`${lastLine(label, state)}\n`)
    settled = true
    drawn = false
  }
  const event = (event: ProgressEvent) => {
    if (ended) return
    const warning = event.event === 'warning' ? warnings.line(event.message) : undefined
    if (warning !== undefined) note(warning)
    if (!state.update(event)) return
    if (event.event === 'finished') return settle()
    if (settled || timer !== undefined) return
    if (!drawn) draw()
    // Does not keep the process alive: a pending redraw is no work.
    timer = setTimeout(draw, redrawMs).unref()
  }
  return {
    event,
    note,
    passing: (what) => event({ event: 'doing', what }),
    end() {
      if (ended) return
      ended = true
      settle()
      line.close()
      for (const each of warnings.rest()) stream.write(`${each}\n`)
    },
  }
}

function inLog({
  stream,
  label,
  past = () => false,
  now = Date.now,
  interval = logLineMs,
}: ProgressOptions): Progress {
  const state = new ProgressState()
  const warnings = new Warnings()
  let lastAt: number | undefined
  let printed = ''
  let ended = false
  const print = (line: string) => {
    // One write for one line: some readers (Nx among them) split what they show at each write.
    if (line !== printed) stream.write(`${line}\n`)
    printed = line
    lastAt = now()
  }
  // Other runs may write into the same log: whose a line is stands before it, or above several.
  const named = (text: string) => {
    const lines = plainLines(text)
    return lines.length === 1 ? `${label}  ${lines[0]}\n` : `${[`${label}:`, ...lines].join('\n')}\n`
  }
  const note = (text: string) => void stream.write(named(text))
  const passing = (text: string) => {
    if (!past(named(text))) note(text)
  }
  // What goes on is printed when it takes long; mostly it does not.
  let silence: NodeJS.Timeout | undefined
  const watchSilence = () => {
    clearTimeout(silence)
    const { doing } = state
    if (doing === undefined) return
    silence = setTimeout(() => passing(doing), interval).unref()
  }
  const settle = () => {
    clearTimeout(silence)
    if (hasNews(state)) print(lastLine(label, state))
  }
  return {
    event(event) {
      if (ended) return
      const warning = event.event === 'warning' ? warnings.line(event.message) : undefined
      if (warning !== undefined) note(warning)
      if (!state.update(event)) return
      if (event.event === 'finished') return settle()
      watchSilence()
      // The last step is printed by the line that stays.
      if (state.doing !== undefined || state.atEnd || !hasNews(state)) return
      if (lastAt === undefined || now() - lastAt >= interval) print(logLine(label, state))
    },
    note,
    passing,
    end() {
      if (ended) return
      ended = true
      settle()
      for (const line of warnings.rest()) note(line)
    },
  }
}

/** Whether there is more to show than what it is called. */
function hasNews({ step, metrics, temperature }: ProgressState): boolean {
  return step !== undefined || metrics.size > 0 || temperature !== undefined
}
