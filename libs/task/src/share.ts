import type { Artifact, HeldArtifact } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import type { Plan } from './plan'

/** The stored artifact of a key, else the one that other machines share, fetched and verified. Says which it is. */
export async function found(
  { store, shared }: Pick<Plan, 'store' | 'shared'>,
  { display, signal }: Session,
  key: string,
): Promise<HeldArtifact | undefined> {
  const stored = await store.lookup(key)
  if (stored) {
    display.note(`nothing to do: the store has run ${named(stored)}, made from the same components`)
    return stored
  }
  const onProgress = (bytes: number, of: number) =>
    display.event({ event: 'progress', step: bytes, of, unit: 'B' })
  const pulled = await shared?.pull(key, { signal, onProgress })
  if (pulled) display.note(`pulled run ${named(pulled)} from ${pulled.from}, made from the same components`)
  return pulled
}

/** Sends what has just been made, or was never sent, to where other machines find it. It never fails a run. */
export async function shareResult(
  { shared }: Pick<Plan, 'shared'>,
  { signal, display }: Session,
  { artifact, made }: { artifact: Artifact; made: boolean },
): Promise<void> {
  // A moment's work is not worth a line.
  const onProgress = once(() =>
    display.passing(`sending run ${artifact.provenance.id} to ${shared?.remote.name}`),
  )
  await shared?.share(artifact, { made, signal, onProgress })
}

const worthSaying = 64 << 20

function once(say: () => void): (bytes: number) => void {
  let said = false
  return (bytes) => {
    if (said || bytes < worthSaying) return
    said = true
    say()
  }
}

function named({ provenance: { id, project, target } }: Artifact): string {
  return `${id} (${project}:${target})`
}
