import { UserError } from '@blacksmith/config'
import { formatBytes, formatDuration, textTable } from '@blacksmith/report'
import {
  findRun,
  Layout,
  labelRun,
  listRuns,
  type Run,
  type RunFilter,
  storeHome,
  targets,
} from '@blacksmith/store'
import { Command, Option } from 'commander'
import { removeCommand } from './remove-runs'

/** `blacksmith runs`: lists, shows, labels and removes the runs that the store holds. */
export function runsCommand(): Command {
  return new Command('runs')
    .description('list the runs in the store, the newest first')
    .option('--project <name>', 'of one experiment')
    .addOption(new Option('--target <name>', 'of one target').choices([...targets]))
    .option('-c, --configuration <name>', 'of one configuration')
    .option('--tag <tag>', 'with this tag')
    .option('--since <date>', 'finished at this date or later (2026-01-31)', date)
    .option('--json', 'for programs')
    .action(async ({ json, ...filter }: RunFilter & { json?: boolean }) => {
      const runs = await listRuns(new Layout(storeHome()), filter)
      console.log(json ? JSON.stringify(runs, null, 2) : runTable(runs))
    })
    .addCommand(showCommand())
    .addCommand(labelCommand())
    .addCommand(removeCommand())
}

function showCommand(): Command {
  return new Command('show')
    .description('everything known about one run: its components, commit, environment, device, files')
    .argument('<run>', 'its name, or the beginning of its id')
    .option('--json', 'for programs')
    .action(async (reference: string, options: { json?: boolean }) => {
      const run = await findRun(new Layout(storeHome()), reference)
      console.log(options.json ? JSON.stringify(run, null, 2) : runFacts(run))
    })
}

interface LabelOptions {
  name?: string
  tag?: string[]
  untag?: string[]
  note?: string
}

function labelCommand(): Command {
  return new Command('label')
    .description('name, tag or annotate a run; a named run is never collected')
    .argument('<run>', 'its name, or the beginning of its id')
    .option('--name <name>', 'a name of its own; empty takes it away')
    .option('--tag <tag...>', 'add tags')
    .option('--untag <tag...>', 'take tags away')
    .option('--note <text>', 'a remark; empty takes it away')
    .action(async (reference: string, { name, tag = [], untag = [], note }: LabelOptions) => {
      const layout = new Layout(storeHome())
      const run = await findRun(layout, reference)
      const labels = await labelRun(layout, run, (before) => {
        const { name: oldName, note: oldNote } = before
        const [newName, newNote] = [name ?? oldName, note ?? oldNote]
        return {
          tags: [...before.tags, ...tag].filter((each) => !untag.includes(each)),
          ...(newName ? { name: newName } : {}),
          ...(newNote ? { note: newNote } : {}),
        }
      })
      console.log(runTable([{ ...run, labels }]))
    })
}

function runTable(runs: Run[]): string {
  if (runs.length === 0) return 'The store holds no such runs.'
  return textTable(
    [
      { heading: 'run' },
      { heading: 'project' },
      { heading: 'configuration' },
      { heading: 'target' },
      { heading: 'finished' },
      { heading: 'took', align: 'right' },
      { heading: 'size', align: 'right' },
      { heading: 'name' },
      { heading: 'tags' },
    ],
    runs.map(({ id, provenance, bytes, labels }) => [
      id,
      provenance.project,
      provenance.configuration,
      provenance.target,
      provenance.finished.slice(0, 19).replace('T', ' '),
      formatDuration(provenance.seconds),
      formatBytes(bytes),
      labels.name ?? '',
      labels.tags.join(', '),
    ]),
  )
}

function runFacts({ labels, provenance, manifest, directory }: Run): string {
  const { components, environment, records, ...facts } = provenance
  const { packages, ...interpreter } = environment as { packages?: Record<string, string> }
  const shown = {
    ...facts,
    ...labels,
    directory,
    interpreter,
    components,
    packages,
    files: manifest.files,
    records,
  }
  return Object.entries(shown)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}`)
    .join('\n')
}

function date(text: string): Date {
  const parsed = new Date(text)
  if (!Number.isNaN(parsed.getTime())) return parsed
  throw new UserError({ flag: `--since ${text}`, message: 'is no date', remedy: 'write it as 2026-01-31' })
}
