import { SharedStore } from '../remotes/shared-store'
import { Store } from '../store'

/** A process that sends an artifact of a store to a remote, or fetches it; tests kill it. */
interface Order {
  home: string
  address: string
  key: string
  work: 'push' | 'pull'
  /** After so many bytes it dies. */
  dieAt?: number
}

async function main({ home, address, key, work, dieAt = Number.POSITIVE_INFINITY }: Order): Promise<void> {
  const warnings: string[] = []
  const store = new Store(home, { warn: (line) => warnings.push(line) })
  const shared = SharedStore.of(store, { address, scope: 'trusted' })
  const before = performance.now()
  let moved = 0
  const onProgress = (bytes: number) => {
    moved = bytes
    if (bytes >= dieAt) process.kill(process.pid, 'SIGKILL')
  }
  if (work === 'push') await shared?.share({ key }, { made: true, onProgress })
  else (await shared?.pull(key, { onProgress }))?.release()
  const seconds = (performance.now() - before) / 1000
  console.log(JSON.stringify({ warnings, moved, seconds, megabytes: process.resourceUsage().maxRSS / 1024 }))
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  console.error(error.stack ?? error)
  process.exitCode = 1
})
