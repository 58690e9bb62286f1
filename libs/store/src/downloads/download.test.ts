import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { formatUserError, isUserError } from '@blacksmith/config'
import { Layout } from '../home'
import { sha256 } from '../key/key'
import { temporaryFolders, writeFiles } from '../testing/fixtures'
import { answers, cutsAfter, inTurn, mirrors, serves } from '../testing/mirror'
import { type DownloadOptions, type DownloadSource, download } from './download'
import { downloaded } from './downloaded'
import type { DownloadProgress } from './rate'

const temporary = temporaryFolders()
const mirror = mirrors()
const content = randomBytes(300_000)
const digest = sha256(content)
const quick = {
  timeouts: { connect: 1000, response: 300, stall: 300 },
  retries: { tries: 2, pause: 5 },
  env: {},
}

function sourceOf(urls: string[], o: Partial<DownloadSource> = {}): DownloadSource {
  return { name: 'train-images', urls, sha256: digest, bytes: content.length, ...o }
}

async function get(source: DownloadSource, o: Partial<DownloadOptions> = {}) {
  const home = o.home ?? temporary('downloads')
  const notes: string[] = []
  const options = { ...quick, onNote: (line: string) => notes.push(line), ...o, home }
  const path = await download(source, options)
  return { path, home, notes, names: readdirSync(join(home, 'downloads')) }
}

async function failure(source: DownloadSource, o: Partial<DownloadOptions> = {}) {
  const home = o.home ?? temporary('downloads')
  const error = await download(source, { ...quick, ...o, home }).catch((reason) => reason)
  if (!isUserError(error)) throw new Error(`a UserError was expected, not ${error}`)
  return { message: formatUserError(error), names: readdirSync(join(home, 'downloads')) }
}

/** Waits until the server would have been asked for the rest, and takes only what is left. */
const slowly = (wait: number) => (_: unknown, response: ServerResponse) => {
  response.writeHead(200, { 'content-length': content.length })
  response.write(content.subarray(0, 1000))
  setTimeout(() => response.end(content.subarray(1000)), wait).unref()
}

describe('a download', () => {
  it('ends under the name of its digest, and is not asked for again', async () => {
    const good = await mirror(serves(content))
    const { path, home, names } = await get(sourceOf([good.url]))
    expect(path).toBe(join(home, 'downloads', digest))
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(names).toEqual([digest])
    await get(sourceOf([good.url]), { home })
    expect(good.ranges).toHaveLength(1)
  })

  it('is made again when its bytes are no longer those of its name', async () => {
    const good = await mirror(serves(content))
    const home = temporary('downloads')
    writeFiles(home, { [`downloads/${digest}`]: 'rotten' })
    const { path } = await get(sourceOf([good.url]), { home })
    expect(readFileSync(path).equals(content)).toBe(true)
  })

  it('takes the place of a rotten one, which nobody else takes away meanwhile', async () => {
    const home = temporary('downloads')
    writeFiles(home, { [`downloads/${digest}`]: 'rotten' })
    expect(await downloaded(new Layout(home), digest)).toBeUndefined()
    expect(readdirSync(join(home, 'downloads'))).toEqual([digest])
  })

  it('goes on by range after each cut, and never reads a byte twice', async () => {
    const cutting = await mirror(
      inTurn(
        cutsAfter(content, 100_000),
        cutsAfter(content, 100_000),
        cutsAfter(content, 90_000),
        serves(content),
      ),
    )
    const { path } = await get(sourceOf([cutting.url]), { retries: { tries: 1, pause: 1 } })
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(cutting.ranges).toEqual(['', 'bytes=100000-', 'bytes=200000-', 'bytes=290000-'])
  })

  it('goes on with what another mirror began', async () => {
    const cutting = await mirror(cutsAfter(content, 120_000))
    const gone = inTurn(cutsAfter(content, 120_000), answers(404))
    const first = await mirror(gone)
    const second = await mirror(serves(content, '"another"'))
    const { notes } = await get(sourceOf([first.url, second.url]))
    expect(second.ranges).toEqual(['bytes=120000-'])
    expect(notes.join('\n')).toContain(`${first.url}: it answered with status 404; trying the next mirror`)
    await cutting.close()
  })

  it('goes on where a killed process ended', async () => {
    const good = await mirror(serves(content))
    const home = temporary('downloads')
    writeFiles(home, {
      [`downloads/${digest}.part`]: content.subarray(0, 5000),
      [`downloads/${digest}.part.json`]: JSON.stringify({ url: good.url, validator: '"one"' }),
    })
    const { names } = await get(sourceOf([good.url]), { home })
    expect(good.ranges).toEqual(['bytes=5000-'])
    expect(names).toEqual([digest])
  })

  it('begins anew where the part turns out to be wrong', async () => {
    const good = await mirror(serves(content))
    const home = temporary('downloads')
    writeFiles(home, { [`downloads/${digest}.part`]: Buffer.alloc(5000) })
    const { path } = await get(sourceOf([good.url]), { home })
    expect(good.ranges).toEqual(['bytes=5000-', ''])
    expect(readFileSync(path).equals(content)).toBe(true)
  })

  it('begins anew where the mirror ignores Range', async () => {
    const stalling = await mirror(
      inTurn(cutsAfter(content, 50_000), (_, response) => {
        response.writeHead(200, { 'content-length': content.length }).end(content)
      }),
    )
    const { path } = await get(sourceOf([stalling.url]))
    expect(stalling.ranges).toEqual(['', 'bytes=50000-'])
    expect(readFileSync(path).equals(content)).toBe(true)
  })

  it('begins anew where the mirror answers with another range', async () => {
    const confused = await mirror(
      inTurn(
        cutsAfter(content, 50_000),
        (_, response) => {
          const range = `bytes 0-${content.length - 1}/${content.length}`
          response.writeHead(206, { 'content-range': range, 'content-length': content.length }).end(content)
        },
        serves(content),
      ),
    )
    const { path } = await get(sourceOf([confused.url]))
    expect(confused.ranges).toEqual(['', 'bytes=50000-', ''])
    expect(readFileSync(path).equals(content)).toBe(true)
  })

  it('follows redirects', async () => {
    const good = await mirror(serves(content))
    const moved = await mirror(answers(302, { location: good.url }))
    await get(sourceOf([moved.url]))
    expect(good.ranges).toHaveLength(1)
  })

  it.each([
    ['answers 403', answers(403), 'it answered with status 403'],
    ['answers 404', answers(404), 'it answered with status 404'],
    ['answers 429 for ever', answers(429), 'it answered with status 429'],
    ['answers 500 for ever', answers(500), 'it answered with status 500'],
    [
      'serves a web page with status 200',
      answers(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>please log in</html>'),
      'it answered with a web page instead of the file',
    ],
    [
      'has a file of another length',
      serves(content.subarray(1)),
      'its file has 299999 bytes instead of 300000',
    ],
    ['has other bytes of the same length', serves(randomBytes(300_000)), 'its file has the SHA-256'],
    [
      'sends without end',
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200)
        response.write(content)
        response.write(content)
      },
      'it sends more than the 300000 bytes that the file has',
    ],
    [
      'promises more than it sends',
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 1000), () => response.destroy())
      },
      'the connection was cut',
    ],
    [
      'ends early and in good order',
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200).end(content.subarray(0, 1000))
      },
      'the answer ended early',
    ],
    ['never answers', () => undefined, 'it did not answer in time'],
    [
      'stops sending',
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 1000))
      },
      'it stopped sending',
    ],
  ])('leaves a mirror that %s for the next one, and says why', async (_, behaviour, words) => {
    const bad = await mirror(behaviour)
    const good = await mirror(serves(content))
    const { path, notes, names } = await get(sourceOf([bad.url, good.url]))
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(names).toEqual([digest])
    expect(notes.at(-1)).toContain(`${bad.url}: ${words}`)
    expect(notes.at(-1)).toContain('trying the next mirror')
  })

  it('fails with the reason of every mirror, and leaves nothing under the final name', async () => {
    const one = await mirror(answers(404))
    const two = await mirror(serves(randomBytes(300_000)))
    const { message, names } = await failure(sourceOf([one.url, two.url, 'http://127.0.0.1:9/']))
    expect(message).toContain('train-images could not be downloaded')
    expect(message).toContain(`${one.url}  it answered with status 404`)
    expect(message).toContain(`${two.url}  its file has the SHA-256`)
    expect(message).toContain('http://127.0.0.1:9/  it refuses connections')
    expect(names).not.toContain(digest)
  })

  it('waits as long as a busy mirror asks for', async () => {
    const busy = await mirror(inTurn(answers(429, { 'retry-after': '1' }), serves(content)))
    const begun = performance.now()
    await get(sourceOf([busy.url]))
    expect(performance.now() - begun).toBeGreaterThan(950)
    expect(busy.ranges).toHaveLength(2)
  })

  it('goes through the proxy that the environment names, but for the hosts that it excepts', async () => {
    const good = await mirror(serves(content))
    const asked: string[] = []
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '')
      const target = request.url ?? ''
      forward(target, { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      }).end()
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    await get(sourceOf([good.url]), { env: { http_proxy } })
    expect(asked).toEqual([good.url])
    await get(sourceOf([good.url]), { env: { http_proxy, no_proxy: '127.0.0.1' } })
    expect(asked).toEqual([good.url])
    proxy.closeAllConnections()
    proxy.close()
  })

  it('is made once when several ask for it at the same time', async () => {
    const slow = await mirror(slowly(150))
    const home = temporary('downloads')
    const results = await Promise.all(Array.from({ length: 8 }, () => get(sourceOf([slow.url]), { home })))
    expect(slow.ranges).toHaveLength(1)
    expect(new Set(results.map(({ path }) => path)).size).toBe(1)
    const waited = results.flatMap(({ notes }) => notes)
    expect(waited).toContain('another process is downloading train-images; waiting for it')
  })

  it('keeps what it has when it is stopped, and goes on from there', async () => {
    const stuck = await mirror(inTurn(slowly(60_000), serves(content)))
    const home = temporary('downloads')
    const stop = new AbortController()
    const running = get(sourceOf([stuck.url]), { home, signal: stop.signal, timeouts: {} })
    const part = join(home, 'downloads', `${digest}.part`)
    while (!existsSync(part) || readFileSync(part).length < 1000)
      await new Promise((done) => setTimeout(done, 5))
    stop.abort(new Error('stopped by Ctrl-C'))
    await expect(running).rejects.toThrow('stopped by Ctrl-C')
    await get(sourceOf([stuck.url]), { home })
    expect(stuck.ranges).toEqual(['', 'bytes=1000-'])
  })

  it('refuses to begin what the disk has no room for', async () => {
    const good = await mirror(serves(content))
    const { message } = await failure(sourceOf([good.url], { bytes: 5e17 }))
    expect(message).toMatch(/train-images needs 500\.0 PB, and its disk has .* free\n {2}make room/)
    expect(good.ranges).toEqual([])
  })

  it('reports how far it is, how fast, and how long it will take', async () => {
    const slow = await mirror(slowly(400))
    const reported: DownloadProgress[] = []
    await get(sourceOf([slow.url]), { onProgress: (progress) => reported.push(progress), timeouts: {} })
    expect(reported.length).toBeGreaterThanOrEqual(2)
    expect(reported.at(-1)).toMatchObject({
      name: 'train-images',
      received: content.length,
      total: content.length,
      eta: 0,
    })
    expect(reported.at(-1)?.rate).toBeGreaterThan(1000)
  })
})

/** Sends a byte every few milliseconds for as long as anybody listens. */
const trickles = (_: unknown, response: ServerResponse) => {
  const timer = setInterval(() => response.write('x'), 5)
  response.on('close', () => clearInterval(timer))
}

describe('a mirror that would never come to an end', () => {
  const bounds = { least: 10_000, within: 100, most: 1_000_000 }
  const unknown = { sha256: null, bytes: undefined }

  it.each([
    ['a byte at a time', trickles, 'it sends too slowly: less than 10.0 kB in 0.1 s'],
    [
      'the head of its answer a byte at a time',
      ({ socket }: IncomingMessage) => {
        const timer = setInterval(() => socket.write('x'), 5)
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ')
        socket.on('close', () => clearInterval(timer))
      },
      'it did not answer in time',
    ],
    [
      'one byte for each request',
      ({ headers }: IncomingMessage, response: ServerResponse) => {
        const from = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0)
        response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` })
        response.write(content.subarray(from, from + 1), () => setTimeout(() => response.destroy(), 50))
      },
      'the connection was cut',
    ],
  ])('and sends %s is left for the next one', async (_, behaviour, words) => {
    const bad = await mirror(behaviour)
    const good = await mirror(serves(content))
    const { path, notes } = await get(sourceOf([bad.url, good.url]), { bounds })
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(notes.at(-1)).toContain(`${bad.url}: ${words}`)
  })

  it('fails where it is the only one, and what is there stays for the next command', async () => {
    const slow = await mirror(inTurn(trickles, serves(content)))
    const { message, names } = await failure(sourceOf([slow.url]), { bounds })
    expect(message).toContain(`${slow.url}  it sends too slowly`)
    expect(names).toContain(`${digest}.part`)
  })

  it('and whose file nobody knows the size of fills no disk', async () => {
    const endless = await mirror((_, response) => {
      const send = () => {
        while (response.write(content));
      }
      response.on('drain', send)
      send()
    })
    const { message, names } = await failure(sourceOf([endless.url], unknown), { bounds })
    expect(message).toContain('it sends more than 1.0 MB without saying how much')
    expect(message).toContain('`bytes` into sources.yaml')
    expect(names.filter((name) => name.endsWith('.part'))).toEqual([])
  })
})

describe('a download whose digest nobody publishes', () => {
  const unknown = (urls: string[]) => sourceOf(urls, { sha256: null, bytes: undefined })

  it('is kept under the digest that it is found to have', async () => {
    const good = await mirror(serves(content))
    const { path, names } = await get(unknown([good.url]))
    expect(path).toContain(digest)
    expect(names).toEqual([digest])
  })

  it('goes on only if the file is still the same', async () => {
    const changed = randomBytes(300_000)
    const same = await mirror(inTurn(cutsAfter(content, 100_000), serves(content)))
    expect((await get(unknown([same.url]))).path).toContain(digest)
    expect(same.ranges).toEqual(['', 'bytes=100000-'])
    const other = await mirror(inTurn(cutsAfter(content, 100_000), serves(changed, '"two"')))
    expect((await get(unknown([other.url]))).path).toContain(sha256(changed))
  })

  it('never mixes the files of two mirrors', async () => {
    const one = await mirror(inTurn(cutsAfter(randomBytes(300_000), 100_000), answers(404)))
    const two = await mirror(serves(content))
    expect((await get(unknown([one.url, two.url]))).path).toContain(digest)
    expect(two.ranges).toEqual([''])
  })
})
