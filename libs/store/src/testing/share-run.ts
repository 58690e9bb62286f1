import { SharedStore } from '../remotes/shared-store'
import { Store } from '../store'
import { diesAt } from './dies-at'
import { draftOf, sealed } from './fixtures'

/** A process that sends an artifact to a remote, or fetches it; tests kill it. */
interface Order {
  home: string
  remote: string
  seed: number
  /** What is made first, where it is to be; else it is only fetched, or only sent. */
  files?: Record<string, string>
  work: ('make' | 'push' | 'pull')[]
  /** The call at which it dies; 0 for none. */
  at?: number
  torn?: boolean
}

async function main({ home, remote, seed, files = {}, work, at = 0, torn = false }: Order): Promise<void> {
  const calls = await diesAt(at, torn)
  const warnings: string[] = []
  const store = new Store(home, { warn: (line) => warnings.push(line) })
  const shared = SharedStore.of(store, { address: remote, scope: 'trusted' })
  const { key } = draftOf(seed)
  if (work.includes('make')) await sealed(store, seed, files)
  if (work.includes('push')) await shared?.share({ key }, { made: true })
  const pulled = work.includes('pull') ? await shared?.pull(key) : undefined
  pulled?.release()
  console.log(JSON.stringify({ from: pulled?.from, calls, warnings }))
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  console.error(error.stack ?? error)
  process.exitCode = 1
})
