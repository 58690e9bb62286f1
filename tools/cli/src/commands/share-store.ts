import { enclosingWorkspace, UserError } from '@blacksmith/config'
import { namedRemote } from '@blacksmith/config/header'
import { findRun, listRuns, Store, storeHome } from '@blacksmith/store'
import { SharedStore } from '@blacksmith/store/remotes'
import { collectShared, pullRun, pushRun, verifyShared } from '@blacksmith/store/upkeep'
import { formatBytes } from '@blacksmith/text'
import { Command } from 'commander'

/** `blacksmith store push`: sends runs to where other machines find them. */
export function pushCommand(): Command {
  return new Command('push')
    .description('send what other machines have not got yet to the remote: the runs named, else all')
    .argument('[run...]', 'by name, or by the beginning of its id')
    .action(async (references: string[]) => {
      const shared = requireRemote()
      const { layout } = shared.store
      const named = await Promise.all(references.map((reference) => findRun(layout, reference)))
      const runs = references.length > 0 ? named : await listRuns(layout)
      let there = 0
      for (const run of runs) {
        const pushed = await pushRun(shared, run)
        const what = `${run.id} (${run.provenance.project}:${run.provenance.target})`
        if (pushed?.state === 'sent') console.log(`sent run ${what}, ${formatBytes(pushed.bytes)}`)
        if (pushed?.state === 'withheld') console.log(`run ${what} is not sent: ${pushed.reason}`)
        if (pushed?.state === 'there') there++
      }
      if (there > 0) console.log(`${there} of ${runs.length} runs were in ${shared.remote.name} already`)
    })
}

/** `blacksmith store pull`: fetches a run that another machine has made. */
export function pullCommand(): Command {
  return new Command('pull')
    .description('fetch a run from the remote into the store, verified')
    .argument('<run>', 'the beginning of its id or key')
    .action(async (reference: string) => {
      const { artifact, from } = await pullRun(requireRemote(), reference)
      const { id, project, target } = artifact.provenance
      const run = `run ${id} (${project}:${target})`
      console.log(from === undefined ? `the store has ${run} already` : `pulled ${run} from ${from}`)
    })
}

/** Verifies the remote instead of the store, and prints what was found. */
export async function verifyRemoteStore({ json = false }: { json?: boolean }): Promise<void> {
  const shared = requireRemote()
  const result = await verifyShared(shared)
  const { intact, broken, spoilt } = result
  if (json) console.log(JSON.stringify(result, null, 2))
  else {
    for (const { id, reason } of broken) console.log(`${id} is broken and taken away: ${reason}`)
    console.log(`${intact} runs in ${shared.remote.write.name} are intact, ${broken.length} were broken`)
    if (broken.length > 0) console.log('whoever has them sends them again: npx blacksmith store push')
  }
  if (broken.length + spoilt.length > 0) process.exitCode = 1
}

/** Takes away what is old in the remote, and prints how much that is. */
export async function collectRemoteStore(o: {
  keepDays?: number
  dryRun?: boolean
  json?: boolean
}): Promise<void> {
  const shared = requireRemote()
  const { keepDays, dryRun = false } = o
  if (keepDays === undefined) {
    throw new UserError({
      flag: '--remote',
      message: 'does not say what is to stay',
      remedy: 'add --keep-days 90, for what was sent within the last 90 days',
    })
  }
  const { records, blobs, bytes, trainings } = await collectShared(shared, { keepDays, dryRun })
  const went = dryRun ? 'would go' : 'went'
  if (o.json) console.log(JSON.stringify({ records, blobs, bytes, trainings }, null, 2))
  else
    console.log(
      `${records} runs, ${blobs} files (${formatBytes(bytes)}) and the checkpoints of ${trainings} trainings ${went} from ${shared.remote.write.name}`,
    )
}

function requireRemote(): SharedStore {
  const shared = SharedStore.of(new Store(storeHome()), namedRemote(enclosingWorkspace()))
  if (shared) return shared
  throw new UserError({
    field: 'BLACKSMITH_REMOTE',
    message: 'is not set, and nx.json names no remote',
    remedy:
      'set it to s3://<bucket>/<prefix>, https://<server>/<folder> or a folder that machines share, or the option "remote" of @blacksmith/executors in nx.json',
  })
}
