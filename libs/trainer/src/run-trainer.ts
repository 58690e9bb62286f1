import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import {
  isEvent,
  readEvents,
  type TrainerEvent,
  type TrainerRequest,
  trainerRequest,
} from '@blacksmith/protocol'
import { lineRedactor, redactJson, redactor } from '@blacksmith/secrets'
import { readLines } from '@blacksmith/text'
import { openLog } from './log'
import { memoryKills } from './out-of-memory'
import { type Evidence, outcomeOf, type TrainerOutcome } from './outcome'
import { processVariables, type RunningTrainer, startTrainer } from './start-trainer'
import { reach } from './stopped'
import type { TrainerOptions } from './trainer-options'
import type { WarmTrainer } from './warm-trainer'
import { trainerTimeouts, watchOver } from './watch-over'

/** How many of a process's last lines are shown when it dies without a word. */
const lastLineCount = 30
/** How long a trainer's own children may hold its streams open after its end. */
const drainSeconds = 2
const drainSteps = 4

/**
 * Runs one trainer from its request to its end. Its stdout and stderr are also written to `log.txt` among the
 * records; the request stays in the working folder, so that it can be run again by hand.
 *
 * Must be called on the main thread: the supervisor dies with the thread that started it.
 *
 * @param warm from which it is forked where that may be, in place of being started anew
 */
export async function runTrainer(
  request: TrainerRequest,
  o: TrainerOptions,
  warm?: WarmTrainer,
): Promise<TrainerOutcome> {
  const requestFile = requestPath(request.work)
  try {
    await mkdir(request.work, { recursive: true })
    await mkdir(request.records, { recursive: true })
    await writeFile(requestFile, `${JSON.stringify(trainerRequest.parse(request), null, 2)}\n`)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    return noRoom(request.work)
  }
  if (o.signal.aborted) return stoppedBefore()
  const timeouts = trainerTimeouts(process.env)
  const kills = memoryKills()
  const evidence: Evidence = {
    verdict: undefined,
    started: false,
    stopped: false,
    late: undefined,
    memoryKill: undefined,
    reached: {},
    lastLines: [],
  }
  const running = (await warm?.start(requestFile, o)) ?? startTrainer(requestFile, o)
  const stopWatching = watchOver(running, evidence, timeouts, o)
  try {
    const heard = listen(running, request, evidence, o)
    // A listener that throws is a mistake of ours: it must not wait for the end of a long training.
    const end = await Promise.race([running.ended, heard.then(() => running.ended)])
    await drained(heard, running)
    if ('error' in end) return cannotStart(end.error.code ?? end.error.message, o)
    // What a supervisor says of a command that it cannot start, as a shell does.
    if (!evidence.started && (end.code === 127 || end.code === 126))
      return cannotStart(evidence.lastLines.join('\n'), o)
    evidence.memoryKill = kills === undefined ? undefined : (memoryKills() ?? kills) > kills
    return outcomeOf(end, evidence)
  } finally {
    stopWatching()
    running.killGroup()
    running.close()
  }
}

/** Where the request of the last run in a working folder stands. */
export function requestPath(work: string): string {
  return join(work, 'request.json')
}

/** Follows the three streams to their ends. */
async function listen(
  { stdout, stderr, events }: RunningTrainer,
  { records }: TrainerRequest,
  evidence: Evidence,
  o: TrainerOptions,
): Promise<void> {
  const variables = processVariables(o)
  const blank = redactor(variables)
  const asKnown = (text: string) =>
    (o.shownAs ?? []).reduce((shown, [path, known]) => shown.replaceAll(path, () => known), text)
  const redact = (text: string) => asKnown(blank(text))
  const log = openLog(join(records, 'log.txt'), o.onOutput)
  const readOutput = async (stream: Readable) => {
    const lines = lineRedactor(variables, (line) => {
      const clean = asKnown(line)
      log.write(clean)
      evidence.lastLines = [...evidence.lastLines, clean].slice(-lastLineCount)
      o.onOutput(clean)
    })
    // Colours may stand in the middle of a secret.
    await readLines(stream, (line) => lines.line(stripVTControlCharacters(line)))
    lines.end()
  }
  const event = (received: TrainerEvent) => {
    const clean = { ...redactJson(received, redact), event: received.event }
    evidence.started ||= isEvent(clean, 'started')
    reach(evidence.reached, clean)
    const failed = evidence.verdict && isEvent(evidence.verdict, 'failed')
    if (isEvent(clean, 'failed') || (isEvent(clean, 'finished') && !failed)) evidence.verdict = clean
    o.onEvent(clean)
  }
  try {
    await Promise.all([readOutput(stdout), readOutput(stderr), readEvents(events, event, redact)])
  } finally {
    log.close()
  }
}

/** Waits for the rest of the streams; a process that the trainer left behind does not hold them for long. */
async function drained(heard: Promise<void>, running: RunningTrainer): Promise<void> {
  // In steps, so that even after a long pause of this process what is in the pipes is read before it is given up.
  for (let step = 0; step < drainSteps; step++) {
    const pause = delay(drainSeconds * (1000 / drainSteps), false, { ref: false })
    if (await Promise.race([heard.then(() => true), pause])) return
  }
  running.killGroup()
  for (const stream of [running.stdout, running.stderr, running.events]) stream.destroy()
  await heard
}

function noRoom(work: string): TrainerOutcome {
  return {
    kind: 'failed',
    failure: {
      kind: 'disk-full',
      message: `there is no room in ${work} for the request, so nothing was started`,
      remedy: 'free space there, or set BLACKSMITH_HOME to a folder on another disk',
      exit: { code: null, signal: null },
    },
  }
}

function stoppedBefore(): TrainerOutcome {
  const exit = { code: null, signal: null }
  return {
    kind: 'failed',
    failure: { kind: 'stopped', message: 'it was stopped before it was started', exit },
  }
}

function cannotStart(reason: string, { environment, cwd }: TrainerOptions): TrainerOutcome {
  return {
    kind: 'failed',
    failure: {
      kind: 'crashed',
      message: `${environment.python} cannot be started in ${cwd}: ${reason}`,
      remedy:
        'both must be there; a Python environment that lost its interpreter is made again by the next run',
      exit: { code: null, signal: null },
    },
  }
}
