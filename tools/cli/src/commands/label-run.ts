import { UserError } from '@blacksmith/config'
import { Layout, labelRun, storeHome } from '@blacksmith/store'
import { Command } from 'commander'
import { chosenRun } from '../compare/chosen-run'
import { readListedRun } from '../runs/listed-run'
import { runTable } from '../runs/run-table'

interface LabelOptions {
  name?: string
  tag?: string[]
  untag?: string[]
  note?: string
}

/** `blacksmith runs label <run>`: a name, tags and a remark of a person's own. */
export function labelCommand(): Command {
  return new Command('label')
    .description('name, tag or annotate a run; a named run is never collected')
    .argument(
      '<run>',
      'its name, the beginning of its id, or an experiment: lightning-mnist[:evaluate[:full]]',
    )
    .option('--name <name>', 'a name of its own; empty takes it away')
    .option('--tag <tag>', 'add a tag (repeatable)', collect)
    .option('--untag <tag>', 'take a tag away (repeatable)', collect)
    .option('--note <text>', 'a remark; empty takes it away')
    .action(async (reference: string, options: LabelOptions) => {
      refuseNothing(reference, options)
      const { name, tag = [], untag = [], note } = options
      const layout = new Layout(storeHome())
      const run = await chosenRun(layout, reference)
      const labels = await labelRun(layout, run, (before) => {
        const { name: oldName, note: oldNote } = before
        const [newName, newNote] = [name ?? oldName, note ?? oldNote]
        return {
          tags: [...before.tags, ...tag].filter((each) => !untag.includes(each)),
          ...(newName ? { name: newName } : {}),
          ...(newNote ? { note: newNote } : {}),
        }
      })
      console.log(runTable([await readListedRun({ ...run, labels })]))
    })
}

function refuseNothing(reference: string, options: LabelOptions): void {
  if (Object.keys(options).length > 0) return
  throw new UserError({
    message: 'no label is given',
    remedy: `add --name, --tag, --untag or --note: npx blacksmith runs label ${reference} --tag <tag>`,
  })
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value]
}
