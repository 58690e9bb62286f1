import { Layout, storeHome } from '@blacksmith/store'
import { Command } from 'commander'
import { chosenRun } from '../compare/chosen-run'
import { type ListedRun, readListedRun } from '../runs/listed-run'

/** `blacksmith runs show <run>`: all that is known about one run. */
export function showCommand(): Command {
  return new Command('show')
    .description('everything known about one run: metrics, components, commit, environment, device, files')
    .argument(
      '<run>',
      'its name, the beginning of its id, or an experiment: lightning-mnist[:evaluate[:full]]',
    )
    .option('--json', 'for programs')
    .action(async (reference: string, options: { json?: boolean }) => {
      const { fields: _fields, ...run } = await readListedRun(
        await chosenRun(new Layout(storeHome()), reference),
      )
      console.log(options.json ? JSON.stringify(run, null, 2) : runFacts(run))
    })
}

function runFacts({ labels, provenance, manifest, directory, metrics }: Omit<ListedRun, 'fields'>): string {
  const { components, environment, records, ...facts } = provenance
  const { packages, ...interpreter } = environment as { packages?: Record<string, string> }
  const shown = {
    ...facts,
    ...labels,
    metrics,
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
