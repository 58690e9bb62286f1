import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder of a train artifact that a longer run continues from. */
export const finalState = 'state'

/**
 * Removes what a run worked with once its artifact is sealed. Checkpoints of later steps stay: a longer run of the
 * same lineage was stopped there, and will go on.
 *
 * @param work the lineage's folder
 * @param artifact the sealed artifact's folder, which says at which step the run ended
 */
export async function clearWork(work: string, artifact: string): Promise<void> {
  const end = await finalStep(artifact)
  const checkpoints = join(work, 'checkpoints')
  const later = end === undefined ? [] : (await names(checkpoints)).filter((name) => stepOf(name) > end)
  if (later.length === 0) return rm(work, { recursive: true, force: true })
  const done = [
    ...(await names(work)).map((name) => join(work, name)).filter((path) => path !== checkpoints),
    ...(await names(checkpoints))
      .filter((name) => !later.includes(name))
      .map((name) => join(checkpoints, name)),
  ]
  for (const path of done) await rm(path, { recursive: true, force: true })
}

/**
 * Removes from a training's folder what an earlier run left there besides checkpoints and records: runs of a lineage
 * differ in how long they train, and nothing else may pass between them.
 */
export async function keepCheckpoints(work: string): Promise<void> {
  for (const name of await names(work)) {
    if (name === 'checkpoints' || name === 'records') continue
    await rm(join(work, name), { recursive: true, force: true })
  }
}

/** The folder of the checkpoint of a step, as the trainer names it. */
export function checkpointFolder(work: string, step: number): string {
  return join(work, 'checkpoints', `step-${String(step).padStart(12, '0')}`)
}

/** The step of the newest checkpoint that a run has left in its lineage's folder; undefined where there is none. */
export async function newestCheckpoint(work: string): Promise<number | undefined> {
  const steps = (await names(join(work, 'checkpoints'))).map(stepOf).filter((step) => step > 0)
  return steps.length > 0 ? Math.max(...steps) : undefined
}

/** The last step of a training; undefined where it left no state. */
async function finalStep(artifact: string): Promise<number | undefined> {
  try {
    const about = await readFile(join(artifact, finalState, 'checkpoint.json'), 'utf8')
    return (JSON.parse(about) as { step: number }).step
  } catch {
    return undefined
  }
}

/** `step-000000001200` as the trainer names it; what is half written or half removed is of no step. */
function stepOf(name: string): number {
  const [, step] = name.match(/^step-(\d+)$/) ?? []
  return Number(step ?? -1)
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
