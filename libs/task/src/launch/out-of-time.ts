import type { Round } from './job-files'

/**
 * Whose time is too short for a single checkpoint would go on for ever: of two such attempts in a row the second one ends
 * the job.
 *
 * @param o.step of the last checkpoint, 0 for none
 * @returns whether it has ended
 */
export async function cameNoFurther(
  round: Round,
  { attempt, step, machine }: { attempt: number; step: number; machine: string },
): Promise<boolean> {
  const before = round.attempt(attempt - 1)?.outOfTimeAt
  await round.noteOutOfTime(attempt, step)
  if (before === undefined || step > before) return false
  const message = `its time was over twice before it came to a checkpoint after step ${step}`
  const remedy = 'ask for more time: --time=… under arguments in cluster.yaml'
  await round.end({ kind: 'failed', machine, problems: [{ message, remedy }] })
  return true
}
