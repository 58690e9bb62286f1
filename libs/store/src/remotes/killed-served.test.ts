import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../key/key'
import { Store } from '../store'
import { runChild } from '../testing/child'
import { draftOf, sealed, temporaryFolders } from '../testing/fixtures'
import { type Dialect, ObjectServer } from '../testing/object-server'
import { addressOf, machineOn, variablesFor } from '../testing/served-remote'
import { blobName } from './object-names'

const temporary = temporaryFolders({ inMemory: true })
const { key } = draftOf(1)
const mebibyte = 1 << 20
/** Of more ranges and parts than go at once. */
const large = Buffer.alloc(40 * mebibyte, 'large')
const blob = `trusted/${blobName(sha256(large))}`

const environment = { ...process.env }
afterAll(() => {
  process.env = environment
})

describe.each<Dialect>(['s3', 'plain'])('a process that shares through a server (%s)', (dialect) => {
  let server: ObjectServer
  let order: { address: string; key: string }
  const share = (home: string, work: string, killOn?: AbortSignal) =>
    runChild(
      'share-served.ts',
      { ...order, home, work },
      { env: { ...process.env, ...variablesFor(server, 'writer') }, ...(killOn ? { killOn } : {}) },
    )
  beforeAll(async () => {
    server = new ObjectServer(dialect)
    await server.listen()
    Object.assign(process.env, variablesFor(server, 'writer'))
    order = { address: addressOf(server), key }
  })
  beforeEach(() => {
    server.asked.length = 0
    server.fault = undefined
  })
  afterAll(() => server.close())

  const maker = temporary('maker')
  const began = (method: string, what: string) =>
    server.asked.filter((line) => line.startsWith(`${method} ${blob}`) && line.includes(what)).length

  test('and is killed while it sends leaves nothing half, and the next one sends the rest', async () => {
    const home = join(maker, dialect)
    await sealed(new Store(home), 1, { large, 'log.txt': 'said' })
    const kill = new AbortController()
    server.fault = ({ method, name }, response) => {
      if (method !== 'PUT' || name !== blob) return undefined
      if (dialect === 's3' && (server.uploads.values().next().value?.parts.size ?? 0) < 4) return undefined
      // What comes now is not taken any more.
      kill.abort()
      response.destroy()
      return true
    }
    const killed = await share(home, 'push', kill.signal)
    expect(killed.signal).toBe('SIGKILL')
    expect([...server.objects.keys()].filter((name) => name === blob || name.includes('records'))).toEqual([])
    server.fault = undefined
    server.asked.length = 0
    const { output, errors } = await share(home, 'push')
    expect([errors, JSON.parse(output).warnings]).toEqual(['', []])
    if (dialect === 's3') expect(began('PUT', 'partNumber')).toBe(4)
    expect(server.objects.get(blob)?.body.equals(large)).toBe(true)
    expect(server.uploads.size).toBe(0)
  })

  test('and is killed while it fetches leaves a beginning, and the next one fetches the rest', async () => {
    const home = join(temporary('machine'), 'store')
    const kill = new AbortController()
    const downloads = join(home, 'downloads')
    const part = () => readdirSync(downloads).find((name) => name.endsWith('.part')) ?? ''
    server.fault = ({ method, name, headers }) => {
      const from = Number(/bytes=(\d+)/.exec(headers.range ?? '')?.[1] ?? 0)
      if (method === 'GET' && name === blob && from >= large.length / 2) {
        const waiting = setInterval(() => {
          if (statSync(join(downloads, part())).size >= 16 * mebibyte) {
            clearInterval(waiting)
            kill.abort()
          }
        }, 5)
        return true
      }
      return undefined
    }
    const killed = await share(home, 'pull', kill.signal)
    expect(killed.signal).toBe('SIGKILL')
    const { size } = statSync(join(downloads, part()))
    expect(size).toBeGreaterThanOrEqual(16 * mebibyte)
    server.fault = undefined
    server.asked.length = 0
    const { output, errors } = await share(home, 'pull')
    expect(errors).toBe('')
    expect(JSON.parse(output).warnings).toEqual([])
    expect(began('GET', 'bytes=')).toBe(Math.ceil((large.length - size) / (4 * mebibyte)))
    expect(readdirSync(downloads)).toEqual([])
    const held = await new Store(home).lookup(key)
    expect(readFileSync(join(held?.directory ?? '', 'large')).equals(large)).toBe(true)
    held?.release()
  })

  test('does not believe the beginning that it finds', async () => {
    const { store, shared, warnings } = machineOn(server, order.address, temporary('machine'))
    mkdirSync(store.layout.downloads, { recursive: true })
    writeFileSync(join(store.layout.downloads, `${sha256(large)}.part`), Buffer.alloc(30 * mebibyte, 'LARGE'))
    const held = await shared.pull(key)
    held?.release()
    expect(warnings).toEqual([])
    expect(readFileSync(join(held?.directory ?? '', 'large')).equals(large)).toBe(true)
  })
})

test('parts of an upload that have other bytes are sent again, and one that somebody has ended is begun anew', async () => {
  const server = new ObjectServer('s3')
  await server.listen()
  try {
    Object.assign(process.env, variablesFor(server, 'writer'))
    const { store, shared, warnings } = machineOn(server, addressOf(server), temporary('machine'))
    await sealed(store, 1, { large })
    const parts = new Map([
      [1, large.subarray(0, 5 * mebibyte)],
      [2, Buffer.alloc(5 * mebibyte, 'wrong')],
      [3, large.subarray(0, 4 * mebibyte)],
    ])
    server.uploads.set('begun', { name: blob, begun: new Date(), parts })
    const sent = (which: RegExp) =>
      server.asked.filter((line) => which.test(line) && line.includes('uploadId=begun'))
    let ended = false
    server.fault = ({ query }) => {
      if (query.get('partNumber') !== '8' || ended) return undefined
      ended = true
      server.uploads.clear()
      return undefined
    }
    await shared.share({ key }, { made: true })
    expect(warnings).toEqual([])
    expect(server.objects.get(blob)?.body.equals(large)).toBe(true)
    expect(sent(/partNumber=1$/)).toEqual([])
    expect(sent(/partNumber=[23]$/)).toHaveLength(2)
  } finally {
    await server.close()
  }
})
