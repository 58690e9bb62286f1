import { UserError } from '@blacksmith/config'
import { exportToWandb, writeTensorBoard } from '@blacksmith/report/export'
import { Layout, Store, storeHome } from '@blacksmith/store'
import { exportRun } from '@blacksmith/store/upkeep'
import { Command } from 'commander'
import { chosenRun, comparedRun } from '../compare/chosen-run'

interface ExportOptions {
  tensorboard?: boolean
  wandb?: string
  python?: string
}

/** `blacksmith export <run> <dir>`: a run as plain files to give away, or for another program to show. */
export function exportCommand(): Command {
  return new Command('export')
    .description('copy a run, verified, to a folder of its own; or give its curves to TensorBoard or W&B')
    .argument('<run>', 'its name, the beginning of its id, or an experiment: lightning-mnist')
    .argument('[directory]', 'a new or empty folder; of TensorBoard, the one that it is shown')
    .option('--tensorboard', 'write event files below the folder, for tensorboard --logdir <directory>')
    .option('--wandb <project>', 'log it to Weights & Biases, with a wandb of your own')
    .option('--python <path>', 'the interpreter that has wandb', 'python3')
    .action(async (reference: string, directory: string | undefined, options: ExportOptions) => {
      console.log(await exported(reference, directory, options))
    })
}

async function exported(
  reference: string,
  directory: string | undefined,
  { tensorboard, wandb, python }: ExportOptions,
): Promise<string> {
  const store = new Store(storeHome())
  const chosen = await chosenRun(new Layout(store.home), reference)
  if (wandb !== undefined) {
    const { labels } = chosen
    const options = { project: wandb, tags: labels.tags, ...(python ? { python } : {}) }
    const address = await exportToWandb(await comparedRun(store.layout, chosen), options)
    return `${reference} is logged to ${address ?? 'W&B, which is offline: see wandb sync'}`
  }
  if (directory === undefined) {
    throw new UserError({
      message: 'no folder is named to export to',
      remedy: `npx blacksmith export ${reference} <directory>`,
    })
  }
  if (tensorboard) {
    const { run, training } = await comparedRun(store.layout, chosen)
    const folder = await writeTensorBoard(run.directory, directory, training?.directory)
    return `${reference} is in ${folder}; look at it with: tensorboard --logdir ${directory}`
  }
  await exportRun(store, chosen.key, directory)
  return `${reference} is in ${directory}`
}
