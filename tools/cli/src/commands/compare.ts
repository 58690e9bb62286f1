import {
  type ComparedRun,
  compareRuns,
  formatComparison,
  readComparedRun,
  writeComparison,
} from '@blacksmith/report'
import { findRun, Layout, listRuns, storeHome } from '@blacksmith/store'
import { Command } from 'commander'

/** `blacksmith compare <run> <run> …`: what differs between runs, in what was asked and in what came of it. */
export function compareCommand(): Command {
  return new Command('compare')
    .description(
      'metrics, parameters, surroundings and cost of runs side by side; repeats over seeds as mean and deviation',
    )
    .argument('<runs...>', 'names, or beginnings of ids')
    .option('--html <file>', 'write a page with the curves laid over each other')
    .action(async (references: string[], { html }: { html?: string }) => {
      const layout = new Layout(storeHome())
      const comparison = compareRuns(await Promise.all(references.map((each) => comparedRun(layout, each))))
      console.log(formatComparison(comparison))
      if (html) {
        await writeComparison(html, comparison)
        console.log(`\nwritten to ${html}`)
      }
    })
}

/** A run with, for an evaluation, the training whose model it looked at: that has the curves and the cost. */
export async function comparedRun(layout: Layout, reference: string): Promise<ComparedRun> {
  const run = await findRun(layout, reference)
  const { model } = run.provenance.components
  if (typeof model !== 'string') return readComparedRun(run.directory)
  const trainings = await listRuns(layout, { project: run.provenance.project, target: 'train' })
  const training = trainings.find(({ manifest }) => manifest.files.some((file) => file.sha256 === model))
  return readComparedRun(run.directory, training?.directory)
}
