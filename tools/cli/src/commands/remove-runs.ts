import { enclosingWorkspace } from '@blacksmith/config'
import { namedRemote } from '@blacksmith/config/header'
import { Layout, Store, type StoredRun, storeHome } from '@blacksmith/store'
import { SharedStore } from '@blacksmith/store/remotes'
import {
  planRemoval,
  type Removed,
  type RunRemoval,
  removeRuns,
  withdrawRuns,
} from '@blacksmith/store/upkeep'
import { textTable } from '@blacksmith/text'
import { Command } from 'commander'
import { confirm, type Terminal } from '../confirm'

/** `blacksmith runs remove <run…>`: takes runs out of the store, with all that came of them. */
export function removeCommand(terminal?: Terminal): Command {
  return new Command('remove')
    .description('take runs out of the store and out of dist/, with the runs that came of them')
    .argument('<runs...>', 'names, or beginnings of ids')
    .option('--yes', 'do not ask')
    .action(async (references: string[], { yes = false }: { yes?: boolean }) => {
      const layout = new Layout(storeHome())
      const removal = await planRemoval(layout, references)
      console.log(removalText(removal))
      const count = removal.named.length + removal.followers.length
      if (!yes && !(await confirm(`Remove ${counted(count, 'run')}?`, terminal))) {
        console.log('Nothing was removed.')
        process.exitCode = 1
        return
      }
      const removed = await removeRuns(layout, removal)
      console.log(removedText(removed))
      for (const line of await withdrawn(removed)) console.log(line)
    })
}

function removalText({ named, followers, copies }: RunRemoval): string {
  const rows = [
    ...named.map((run) => row(run, 'it was named')),
    ...followers.map(({ run, because }) => row(run, because)),
  ]
  const columns = ['run', 'project', 'configuration', 'target', 'finished', 'name', 'goes because']
  const table = textTable(
    columns.map((heading) => ({ heading })),
    rows,
  )
  const folders = copies.map(({ directory }) => `  ${directory}`)
  return folders.length === 0 ? table : [table, 'and their copies:', ...folders].join('\n')
}

function row({ id, provenance, labels }: StoredRun, because: string): string[] {
  const { project, configuration, target, finished } = provenance
  return [
    id,
    project,
    configuration,
    target,
    finished.slice(0, 19).replace('T', ' '),
    labels.name ?? '',
    because,
  ]
}

function removedText({ runs: removed, copies, left }: Removed): string {
  const lines = [
    `Removed ${counted(removed.length, 'run')}, and ${counted(copies.length, 'copy', 'copies')} in dist/.`,
  ]
  for (const directory of left) lines.push(`${directory} is another user's: it still holds a removed run.`)
  lines.push('Nx may still have it: run the target with --skip-nx-cache, or npx nx reset.')
  return lines.join('\n')
}

/** Where machines share, a run that was removed would be fetched again. */
async function withdrawn({ runs }: Removed): Promise<string[]> {
  const shared = SharedStore.of(new Store(storeHome()), namedRemote(enclosingWorkspace()))
  if (!shared) return []
  const keys = runs.map(({ key }) => key)
  const { gone, left } = await withdrawRuns(shared, keys)
  return gone === 0 ? left : [`Removed ${counted(gone, 'run')} from ${shared.remote.write.name}.`, ...left]
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
