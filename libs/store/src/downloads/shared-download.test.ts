import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../key/key'
import { compiledFor, runChild } from '../testing/child'
import { temporaryFolders } from '../testing/fixtures'
import { anotherUser, describeUnless, otherUser, whyNoOtherUsers } from '../testing/machine'
import { inTurn, mirrors, serves } from '../testing/mirror'

const temporary = temporaryFolders()
const mirror = mirrors()

describeUnless(whyNoOtherUsers(), 'in a store that two users share', () => {
  it('a download that one has begun is gone on with by the other', async () => {
    const area = temporary('shared-download')
    chmodSync(area, 0o755)
    const home = join(area, 'store')
    mkdirSync(home)
    chownSync(home, 0, otherUser.gid)
    chmodSync(home, 0o2770)
    mkdirSync(join(area, 'compiled'))
    const content = Buffer.alloc(200_000, 'data')
    const digest = sha256(content)
    let begun: () => void = () => undefined
    const half = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow = await mirror(
      inTurn((_, response) => {
        response.writeHead(200, { 'content-length': content.length, etag: '"one"' })
        response.write(content.subarray(0, 100_000), begun)
      }, serves(content)),
    )
    const source = { name: 'images', urls: [slow.url], sha256: digest, bytes: content.length }
    const start = (user: typeof otherUser, umask: number, killOn?: AbortSignal) =>
      runChild(
        'run-download.ts',
        { home, source },
        {
          ...user,
          umask,
          compiled: compiledFor(join(area, 'compiled'), user),
          ...(killOn ? { killOn } : {}),
        },
      )
    const stop = new AbortController()
    const killed = start(otherUser, 0o077, stop.signal)
    await half
    const part = join(home, 'downloads', `${digest}.part`)
    while (sizeOf(part) < 100_000) await new Promise((resolve) => setTimeout(resolve, 10))
    stop.abort()
    expect((await killed).signal).toBe('SIGKILL')
    expect(await start(anotherUser, 0o022)).toMatchObject({
      errors: '',
      output: `${join(home, 'downloads', digest)}\n`,
    })
    expect(slow.ranges).toEqual(['', 'bytes=100000-'])
    expect(readdirSync(join(home, 'downloads'))).toEqual([digest])
    expect(readFileSync(join(home, 'downloads', digest)).equals(content)).toBe(true)
    expect((await start(otherUser, 0o077)).errors).toBe('')
  })
})

function sizeOf(file: string): number {
  try {
    return readFileSync(file).length
  } catch {
    return 0
  }
}
