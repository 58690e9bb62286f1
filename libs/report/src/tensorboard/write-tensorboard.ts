import { join } from 'node:path'
import { readJsonLines } from '@blacksmith/protocol'
import { readRun } from '../run/read-run'
import { EventFiles } from './event-files'
import { runFolder } from './metric-line'

/**
 * Writes a run's metrics as TensorBoard event files. Every point is written, and equal runs give equal files.
 *
 * @param directory of a training, or of an evaluation with that of its training: then what it measured is a split of
 * its own, at the last step
 * @returns the run's folder, for `tensorboard --logdir`
 * @throws UserError when there is no run in `directory`
 */
export async function writeTensorBoard(
  directory: string,
  logDirectory: string,
  training = directory,
): Promise<string> {
  const { provenance, metrics } = await readRun(directory)
  const trained = training === directory ? provenance : (await readRun(training)).provenance
  const started = new Date(trained.started ?? '').getTime() / 1000 || 0
  const files = new EventFiles(join(logDirectory, runFolder(trained)), started)
  let last: unknown
  await readJsonLines(join(training, 'metrics.jsonl'), (line) => {
    files.add(line)
    last = line
  })
  if (metrics !== undefined) files.add({ step: 0, ...(last as object), split: 'evaluate', values: metrics })
  await files.write()
  return files.folder
}
