import { Store } from '../store'
import { diesAt } from './dies-at'
import { runTarget } from './fixtures'

/** A process that does what a target does with the store, once; tests kill it, or run it as another user. */
interface Order {
  home: string
  seed: number
  files: Record<string, string>
  destination: string
  /** The call at which it dies; 0 for none. */
  at?: number
  torn?: boolean
}

async function main({ home, at = 0, torn = false, ...target }: Order): Promise<void> {
  const calls = await diesAt(at, torn)
  const ended = await runTarget(new Store(home), target)
  console.log(JSON.stringify({ ended, calls }))
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
