import { isUserError } from '@blacksmith/config'
import { digestTree } from '../integrity/digest-tree'

/** A process that digests data; tests run it as a user who may not read all of it. */
async function main({ paths }: { paths: string[] }): Promise<void> {
  for (const path of paths) {
    const digests = await digestTree(path).catch((error) => {
      if (isUserError(error)) return error.message
      throw error
    })
    console.log(JSON.stringify(digests))
  }
}

main(JSON.parse(process.argv[1] ?? '{}')).catch((error) => {
  console.error(error.stack ?? error)
  process.exitCode = 1
})
