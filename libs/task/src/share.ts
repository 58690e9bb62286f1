import { isDeepStrictEqual } from 'node:util'
import { setting } from '@blacksmith/config/header'
import type { Artifact, HeldArtifact } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { formatBytes } from '@blacksmith/text'
import type { Plan } from './plan'
import { processor } from './records/processor'

/** The stored artifact of a key, else the one that other machines share, fetched and verified. Says which it is. */
export async function found(
  { store, shared }: Pick<Plan, 'store' | 'shared'>,
  { display, signal }: Session,
  key: string,
): Promise<HeldArtifact | undefined> {
  const stored = await (shared ?? store).lookup(key)
  if (stored) {
    display.note(`nothing to do: the store has run ${named(stored)}, made from the same components`)
    return stored
  }
  const onProgress = inSteps((bytes, of) =>
    display.event({ event: 'doing', what: `fetching ${formatBytes(bytes)} of ${formatBytes(of)}` }),
  )
  const pulled = await shared?.pull(key, { signal, onProgress })
  if (pulled) {
    display.note(`pulled run ${named(pulled)} from ${pulled.from}, made from the same components`)
    const other = otherProcessor(pulled)
    if (other)
      display.note(`it was made on another kind of processor (${other}): here its last digits may differ`)
  }
  return pulled
}

/** Sends what has just been made, or was never sent, to where other machines find it. It never fails a run. */
export async function shareResult(
  { shared }: Pick<Plan, 'shared'>,
  { signal, display }: Session,
  { artifact, made }: { artifact: Artifact; made: boolean },
): Promise<void> {
  const { id } = artifact.provenance
  const onProgress = inSteps((bytes) =>
    display.event({ event: 'doing', what: `sending run ${id}: ${formatBytes(bytes)}` }),
  )
  await shared?.share(artifact, { made, signal, onProgress })
  if (made && artifact.provenance.target === 'train' && setting('BLACKSMITH_REMOTE_CHECKPOINTS'))
    await shared?.clearCheckpoints(artifact.key)
}

/** What takes a moment is not worth a word, and what takes long is worth a few. */
const stepBytes = 64 << 20

function inSteps(say: (bytes: number, of: number) => void): (bytes: number, of?: number) => void {
  let next = stepBytes
  return (bytes, of = bytes) => {
    if (bytes < next) return
    next = bytes + stepBytes
    say(bytes, of)
  }
}

/** The processor that an artifact was made on, where it is of another kind than ours. */
function otherProcessor({ provenance }: Artifact): string | undefined {
  const made = provenance.processor
  if (made === undefined || isDeepStrictEqual(made, { ...processor() })) return undefined
  // Another machine wrote it: it may be anything.
  const { model = 'unknown' } = Object(made) as { model?: unknown }
  return String(model)
}

function named({ provenance: { id, project, target } }: Artifact): string {
  return `${id} (${project}:${target})`
}
