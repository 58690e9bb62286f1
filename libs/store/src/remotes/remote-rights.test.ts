import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compiledFor, runChild } from '../testing/child'
import { temporaryFolders } from '../testing/fixtures'
import { anotherUser, describeUnless, otherUser, whyNoOtherUsers } from '../testing/machine'

jest.setTimeout(300_000)

const temporary = temporaryFolders({ inMemory: true })
const compiled = temporary('compiled')
chmodSync(compiled, 0o755)
const files = { model: 'weights', 'log.txt': 'said' }

/** A remote as an administrator makes it, and users with stores of their own. */
function remoteWith(mode: number) {
  const root = temporary('rights')
  chmodSync(root, 0o755)
  const remote = join(root, 'remote')
  mkdirSync(remote)
  chownSync(remote, 0, otherUser.gid)
  chmodSync(remote, mode)
  const share = async (user: typeof otherUser, umask: number, seed: number, ...work: string[]) => {
    const own = join(root, `${user.uid}`)
    mkdirSync(own, { recursive: true })
    chownSync(own, user.uid, user.gid)
    const order = { home: join(own, 'store'), remote, seed, files, work }
    const { output, errors } = await runChild('share-run.ts', order, {
      ...user,
      umask,
      compiled: compiledFor(compiled, user),
    })
    if (errors) throw new Error(errors)
    return JSON.parse(output) as { from?: string; warnings: string[] }
  }
  return { remote, share }
}

describeUnless(whyNoOtherUsers(), 'a remote that users share', () => {
  test('of a group lets each go on with what the other has sent, whatever their umasks', async () => {
    const { remote, share } = remoteWith(0o2770)
    expect(await share(otherUser, 0o077, 1, 'make', 'push')).toMatchObject({ warnings: [] })
    expect(await share(anotherUser, 0o022, 2, 'make', 'push')).toMatchObject({ warnings: [] })
    expect(await share(anotherUser, 0o022, 1, 'pull')).toMatchObject({ from: remote, warnings: [] })
    const entries = readdirSync(remote, { recursive: true, withFileTypes: true })
    const modes = entries.map((entry) => lstatSync(join(entry.parentPath, entry.name)).mode & 0o7777)
    expect(new Set(modes)).toEqual(new Set([0o2770, 0o440]))
  })

  test('that they may only read is read, and what it cannot take is said once', async () => {
    const { remote, share } = remoteWith(0o755)
    const { warnings } = await share(otherUser, 0o022, 1, 'make', 'push', 'push')
    expect(warnings).toEqual([
      `${remote} may not be read or written by you; what it has not got yet is sent by a later command`,
    ])
  })
})
