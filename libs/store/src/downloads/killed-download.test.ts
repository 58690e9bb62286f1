import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../key/key'
import { runChild } from '../testing/child'
import { temporaryFolders } from '../testing/fixtures'
import { inTurn, mirrors, serves } from '../testing/mirror'

const temporary = temporaryFolders()
const mirror = mirrors()

describe('a process that is killed while it downloads', () => {
  it('leaves its part to those who wait, of whom one goes on and the others have it', async () => {
    const content = randomBytes(200_000)
    const digest = sha256(content)
    const home = temporary('downloads')
    let begun: () => void = () => undefined
    const half = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow = await mirror(
      inTurn((_, response) => {
        response.writeHead(200, { 'content-length': content.length, etag: '"one"' })
        response.write(content.subarray(0, 100_000))
        setTimeout(begun, 300)
      }, serves(content)),
    )
    const order = {
      home,
      source: { name: 'images', urls: [slow.url], sha256: digest, bytes: content.length },
    }
    const stop = new AbortController()
    const killed = runChild('run-download.ts', order, { killOn: stop.signal })
    await half
    const waiting = [runChild('run-download.ts', order), runChild('run-download.ts', order)]
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(readdirSync(join(home, 'downloads')).sort()).toEqual([`${digest}.part`, `${digest}.part.json`])
    stop.abort()
    expect((await killed).signal).toBe('SIGKILL')
    for (const { output, errors } of await Promise.all(waiting)) {
      expect(errors).toBe('')
      expect(readFileSync(output.trim()).equals(content)).toBe(true)
    }
    expect(slow.ranges).toEqual(['', 'bytes=100000-'])
    expect(readdirSync(join(home, 'downloads'))).toEqual([digest])
  })
})
