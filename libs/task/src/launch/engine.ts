import { setTimeout as pause } from 'node:timers/promises'
import { type Launcher, Unanswered } from '@blacksmith/launch'
import type { Session } from '@blacksmith/terminal'

/** Asks an engine until it answers: that its controller is away says nothing about a job. */
export async function untilAnswered<T>(
  launcher: Launcher,
  { signal, display }: Pick<Session, 'signal' | 'display'>,
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      display.passing(notAnswering(launcher, error))
      await pause(launcher.lookEvery * 1000, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** What is said of it meanwhile. */
export function notAnswering({ name }: Launcher, { message }: Unanswered): string {
  return `${name} does not answer (${message.split('\n')[0]}); waiting for it`
}
