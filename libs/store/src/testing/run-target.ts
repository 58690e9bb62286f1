import { collectGarbage } from '../gc/collect-garbage'
import { findRun, labelRun } from '../runs/runs'
import { Store } from '../store'
import { diesAt } from './dies-at'
import { draftOf, runTarget } from './fixtures'

/** A process that does what a target does with the store, once; tests kill it, or run it as another user. */
interface Order {
  home: string
  seed: number
  files: Record<string, string>
  destination: string
  /** The call at which it dies; 0 for none. */
  at?: number
  torn?: boolean
  /** Something else to do with the run of this seed. */
  instead?: 'collect' | 'label'
}

async function main({ home, at = 0, torn = false, instead, ...target }: Order): Promise<void> {
  const calls = await diesAt(at, torn)
  const warnings: string[] = []
  const store = new Store(home, { warn: (line) => warnings.push(line) })
  if (instead === 'collect') {
    const { removed, kept } = await collectGarbage(store.layout, { maxBytes: 0 })
    console.log(JSON.stringify({ removed: removed.map(({ kind }) => kind), kept }))
  } else if (instead === 'label') {
    const run = await findRun(store.layout, draftOf(target.seed).key)
    console.log(
      JSON.stringify(
        await labelRun(store.layout, run, (labels) => ({ ...labels, tags: [...labels.tags, 'seen'] })),
      ),
    )
  } else {
    console.log(JSON.stringify({ ended: await runTarget(store, target), calls, warnings }))
  }
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  console.error(error.stack ?? error)
  process.exitCode = 1
})
