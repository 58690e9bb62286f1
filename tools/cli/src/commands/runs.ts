import { UserError } from '@blacksmith/config'
import { Layout, type RunFilter, storeHome, targets } from '@blacksmith/store'
import { listEnvironments } from '@blacksmith/store/upkeep'
import { runsOfSweep } from '@blacksmith/sweep/record'
import { Command, Option } from 'commander'
import { environmentsLine } from '../environments'
import { type Condition, filterRuns, parseCondition, sortRuns } from '../runs/condition'
import { readListedRuns } from '../runs/listed-run'
import { runTable } from '../runs/run-table'
import { runsCsv } from '../runs/runs-csv'
import { labelCommand } from './label-run'
import { removeCommand } from './remove-runs'
import { showCommand } from './show-run'

interface ListOptions extends RunFilter {
  filter?: Condition[]
  where?: Condition[]
  sweep?: string
  sort?: string
  json?: boolean
  csv?: boolean
}

/** `blacksmith runs`: lists, shows, labels and removes the runs that the store holds. */
export function runsCommand(): Command {
  return new Command('runs')
    .description('list the runs in the store, the newest first')
    .option('--project <name>', 'of one experiment')
    .addOption(new Option('--target <name>', 'of one target').choices([...targets]))
    .option('-c, --configuration <name>', 'of one configuration')
    .option('--tag <tag>', 'with this tag')
    .option('--since <date>', 'finished at this date or later (2026-01-31)', date)
    .option(
      '--filter <condition>',
      "that a metric, parameter or column fits: 'accuracy>=0.95', training.seed=1 (repeatable)",
      (text, earlier: Condition[] = []) => [...earlier, parseCondition(text)],
    )
    .option('--where <condition>', 'the same as --filter', (text, earlier: Condition[] = []) => [
      ...earlier,
      parseCondition(text),
    ])
    .option('--sweep <name>', 'the trials of a sweep')
    .option('--sort <field>', 'by a metric, parameter or column; the largest first with a dash: -accuracy')
    .option('--json', 'for programs')
    .option('--csv', 'for spreadsheets: all parameters and metrics')
    .enablePositionalOptions()
    .hook('preSubcommand', refuseOptionsBefore)
    .action(async ({ json, csv, sweep, where = [], filter: given = [], sort, ...facts }: ListOptions) => {
      const layout = new Layout(storeHome())
      const filter = [...given, ...where]
      const trials = sweep === undefined ? undefined : await runsOfSweep(layout.home, sweep, facts.project)
      const asking = trials ? { ...facts, keys: new Set(trials.keys()) } : facts
      const fitting = filterRuns(await readListedRuns(layout, asking, trials), filter)
      const runs = sort === undefined ? fitting : sortRuns(fitting, sort)
      const asked = [
        ...(sort === undefined ? [] : [sort.replace(/^-/, '')]),
        ...filter.map(({ field }) => field),
      ]
      if (json) {
        const listed = runs.map(({ fields: _fields, ...run }) => run)
        console.log(JSON.stringify(listed, null, 2))
        return
      }
      if (csv) return void process.stdout.write(runsCsv(runs))
      console.log(runTable(runs, asked))
      const beside = environmentsLine(await listEnvironments(layout))
      if (beside) console.log(`\n${beside}`)
    })
    .addCommand(showCommand())
    .addCommand(labelCommand())
    .addCommand(removeCommand())
}

/** They would have no effect. */
function refuseOptionsBefore(runs: Command, subcommand: Command): void {
  const [given] = runs.options.filter((option) => runs.getOptionValueSource(option.attributeName()) === 'cli')
  if (given === undefined) return
  throw new UserError({
    flag: given.long ?? given.flags,
    message: `stands before ${subcommand.name()}, and would be an option of the list`,
    remedy: `write it after: npx blacksmith runs ${subcommand.name()} … ${given.long}`,
  })
}

function date(text: string): Date {
  const parsed = new Date(text)
  if (!Number.isNaN(parsed.getTime())) return parsed
  throw new UserError({ flag: `--since ${text}`, message: 'is no date', remedy: 'write it as 2026-01-31' })
}
