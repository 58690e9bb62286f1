import { closeSync, openSync, writeSync } from 'node:fs'
import { FollowedLines } from '@blacksmith/protocol'
import type { Progress } from '@blacksmith/terminal'

/** A line of what a job says: what its trainer reports, and what is told to people besides. */
type Said = { event: Parameters<Progress['event']>[0] } | { note: string } | { passing: string }

/** A display that writes down what it is to show, for whoever follows. */
export function recordingDisplay(file: string): Progress {
  const descriptor = openSync(file, 'a')
  let open = true
  const write = (said: Said) => {
    // A full disk only makes the view old: it must not end a training.
    if (!open) return
    try {
      writeSync(descriptor, `${JSON.stringify(said)}\n`)
    } catch {}
  }
  return {
    event: (event) => write({ event }),
    note: (note) => write({ note }),
    passing: (passing) => write({ passing }),
    end() {
      if (open) closeSync(descriptor)
      open = false
    },
  }
}

/**
 * Shows what a job has said since the last look.
 *
 * @param shownAs paths of the snapshot, and those by which people know them
 */
export function followEvents(
  file: string,
  display: Progress,
  shownAs: readonly (readonly [path: string, known: string])[] = [],
): () => Promise<void> {
  const lines = new FollowedLines(file)
  const known = (text: string) =>
    shownAs.reduce((shown, [path, name]) => shown.replaceAll(path, () => name), text)
  const show = (line: unknown) => {
    const said = line as Partial<{ event: { event: string }; note: string; passing: string }> | null
    if (typeof said?.note === 'string') display.note(known(said.note))
    else if (typeof said?.passing === 'string') display.passing(known(said.passing))
    else if (typeof said?.event?.event === 'string') display.event(said.event)
  }
  return () => lines.read(show, () => undefined)
}
