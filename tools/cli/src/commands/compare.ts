import { compareRuns, formatComparison, writeComparison } from '@blacksmith/report/compare'
import { Layout, type StoredRun, storeHome } from '@blacksmith/store'
import { Command } from 'commander'
import { baseRun } from '../compare/base-run'
import { Branch } from '../compare/branch'
import { chosenRun, comparedRun } from '../compare/chosen-run'
import { findWorkspaceRoot, taskRequest } from '../workspace'

interface CompareOptions {
  against?: string
  html?: string
}

/** `blacksmith compare <run> <run> …`: what differs between runs, in what was asked and in what came of it. */
export function compareCommand(): Command {
  return new Command('compare')
    .description(
      'metrics, parameters, surroundings and cost of runs side by side; repeats over seeds as mean and deviation',
    )
    .argument('<runs...>', 'names, beginnings of ids, or experiments: lightning-mnist[:evaluate[:full]]')
    .option('--against <branch>', 'put before them the newest runs of the same made on that branch: main')
    .option('--html <file>', 'write a page with the curves laid over each other')
    .action(async (references: string[], { against, html }: CompareOptions) => {
      const layout = new Layout(storeHome())
      const chosen = await Promise.all(references.map((each) => chosenRun(layout, each)))
      const bases = against === undefined ? [] : await baseRuns(layout, chosen, against)
      const runs = await Promise.all([...bases, ...chosen].map((run) => comparedRun(layout, run)))
      const comparison = compareRuns(runs)
      console.log(formatComparison(comparison))
      if (html) {
        await writeComparison(html, comparison)
        console.log(`\nwritten to ${html}`)
      }
    })
}

async function baseRuns(layout: Layout, chosen: StoredRun[], against: string): Promise<StoredRun[]> {
  const root = findWorkspaceRoot()
  const branch = new Branch(root, against)
  const bases: StoredRun[] = []
  for (const run of chosen) {
    const { project, target } = run.provenance
    const base = await baseRun(
      layout,
      run,
      branch,
      taskRequest(root, `${project}:${target}`, { set: [] }).directory,
    )
    if (base.key === run.key) console.log(ownBase(run, against))
    if (bases.every(({ key }) => key !== base.key)) bases.push(base)
  }
  return bases
}

/** Equal keys mean equal results: there is nothing to compare, which is an answer too. */
function ownBase({ id, provenance: { project, target } }: StoredRun, against: string): string {
  return `${id} is the run of ${against} too: nothing that shapes ${project}:${target} differs from there.\n`
}
