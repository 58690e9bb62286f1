import { EventEmitter } from 'node:events'
import { hostname } from 'node:os'
import { inWords, isUserError, UserError } from '@blacksmith/config'
import { type Launcher, launcherNamed } from '@blacksmith/launch'
import { FirstStep, type Session } from '@blacksmith/terminal'
import { recordingDisplay } from './job-events'
import { causeOf, type OutcomeRecord, Round } from './job-files'
import { makeForJob } from './make-for-job'
import { cameNoFurther } from './out-of-time'

/**
 * What a node does: the second half of the road, on the snapshot that came with the job. What comes of it stands in the
 * round's folder; a stop says nothing there, as the job may be started again.
 *
 * @param folder the round's
 * @returns whether there is an outcome
 */
export async function runJob(folder: string): Promise<boolean> {
  const round = new Round(folder)
  const record = round.record()
  if (!record)
    throw new UserError({
      file: folder,
      message: 'holds no job',
      remedy: 'a launcher starts this, and nobody else',
    })
  if (round.outcome()) return true
  const launcher = launcherNamed(record.launcher)
  const machine = machineName()
  const attempt = await round.beginAttempt({ machine, started: new Date().toISOString() })
  const display = recordingDisplay(round.events(attempt))
  const reached = { step: 0 }
  const { stop, isNearLimit } = listen((line) => display.note(line))
  const session: Session = {
    signal: stop.signal,
    furtherInterrupts: new EventEmitter(),
    display: {
      ...display,
      event(event) {
        if (event.event === 'checkpoint') reached.step = Number(event.step)
        display.event(event)
      },
    },
    fresh: record.fresh,
    firstStep: new FirstStep((line) => display.note(line)),
    close: () => undefined,
  }
  try {
    const made = await makeForJob(record, round, session, launcher)
    await round.end({ kind: 'finished', ...made, machine })
    return true
  } catch (error) {
    if (!stop.signal.aborted) {
      await round.end(failureOf(error, machine))
      return true
    }
    display.note(isUserError(error) ? error.message : 'stopped')
    if (!isNearLimit()) return false
    if (await cameNoFurther(round, { attempt, step: reached.step, machine })) return true
    await again(launcher)
    return false
  } finally {
    display.end()
  }
}

/** Slurm asks for an end by SIGTERM, and tells by SIGUSR2 that the time is nearly over (SIGUSR1 is Node's debugger's). */
function listen(note: (line: string) => void): { stop: AbortController; isNearLimit: () => boolean } {
  const stop = new AbortController()
  let near = false
  const end = () => stop.abort(new UserError({ message: 'stopped' }))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end)
  process.on('SIGUSR2', () => {
    near = true
    note('its time is nearly over: it stops at a checkpoint, and goes on from there when it is started again')
    end()
  })
  return { stop, isNearLimit: () => near }
}

/** Where that is not to be, whoever follows submits it again. */
async function again(launcher: Launcher | undefined): Promise<void> {
  await launcher?.again().catch((error: Error) => console.error(error.message))
}

/** As the engine knows it: several of its nodes may be on one host. */
function machineName(): string {
  return process.env.SLURMD_NODENAME ?? hostname()
}

function failureOf(error: unknown, machine: string): OutcomeRecord {
  const explained = inWords(error)
  if (isUserError(explained))
    return { kind: 'failed', machine, problems: [...explained.problems], cause: causeOf(explained) }
  return { kind: 'failed', machine, problems: [{ message: (explained as Error).stack ?? String(explained) }] }
}
