import { withRightsOf } from '../disk/rights'
import { type DownloadSource, download } from '../downloads/download'

/** A process that downloads one file, as a run does, and prints where it is; tests kill it. */
async function main({ home, source }: { home: string; source: DownloadSource }): Promise<void> {
  console.log(await withRightsOf(home, () => download(source, { home, env: {} })))
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  console.error(error.stack ?? error)
  process.exitCode = 1
})
