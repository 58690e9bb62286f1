import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../key/key'
import { draftOf, sealed, temporaryFolders } from '../testing/fixtures'
import { type Dialect, type Fault, ObjectServer, serve } from '../testing/object-server'
import { addressOf, impatience, machineOn, variablesFor } from '../testing/served-remote'
import { collectShared, pullRun, verifyShared } from './by-hand'
import { blobName, recordName } from './object-names'

const temporary = temporaryFolders({ inMemory: true })
const files = { model: 'weights', 'deep/er/vocabulary': 'a b c', 'log.txt': 'said' }
const modelBlob = `trusted/${blobName(sha256('weights'))}`
const record = `trusted/${recordName(draftOf(1).key)}`
/** Of several ranges, and parts. */
const large = Buffer.alloc(10 << 20, 'large')
const largeBlob = `trusted/${blobName(sha256(large))}`

const environment = { ...process.env }
afterAll(() => {
  process.env = environment
})

describe.each<Dialect>(['s3', 'plain'])('a remote on a server (%s)', (dialect) => {
  let server: ObjectServer
  let address: string
  const as = (who: string) => Object.assign(process.env, variablesFor(server, who))
  const machine = (o: Parameters<typeof machineOn>[3] = {}) =>
    machineOn(server, address, temporary('machine'), o)
  const make = async (content: Record<string, string | Uint8Array> = files, seed = 1, one = machine()) => {
    const artifact = await sealed(one.store, seed, content)
    await one.shared.share(artifact, { made: true })
    return { ...one, artifact }
  }
  const pulls = async (seed = 1, one = machine()) => {
    const held = await one.shared.pull(draftOf(seed).key)
    held?.release()
    return { ...one, held, file: (path: string) => readFileSync(join(held?.directory ?? '', path)) }
  }

  beforeEach(async () => {
    server = new ObjectServer(dialect)
    await server.listen()
    address = addressOf(server)
    as('writer')
  })
  afterEach(() => server.close())

  test('gives another machine what one has made, with the same bytes and records', async () => {
    const { warnings } = await make()
    const { held, file, warnings: others } = await pulls()
    expect([...warnings, ...others]).toEqual([])
    expect(held).toMatchObject({ from: address, key: draftOf(1).key })
    expect(String(file('deep/er/vocabulary'))).toBe('a b c')
    expect([...server.objects.keys()].sort()).toContain(record)
    expect(server.objects.size).toBe(4)
  })

  test('has its objects under the names that they have in a folder', async () => {
    await make()
    expect(server.objects.get(modelBlob)?.body.toString()).toBe('weights')
  })

  test('takes large files and those of no bytes', async () => {
    const { warnings } = await make({ large, empty: '' })
    const { file, warnings: others } = await pulls()
    expect([...warnings, ...others]).toEqual([])
    expect(file('large').equals(large)).toBe(true)
    expect(file('empty')).toHaveLength(0)
  })

  test('is asked one question by a second push, and none by a reuse', async () => {
    const { shared, artifact } = await make()
    server.asked.length = 0
    expect(await shared.push({ key: artifact.key, replace: false }, {})).toEqual({ state: 'there', bytes: 0 })
    expect(server.asked).toHaveLength(1)
    await shared.share(artifact, { made: false })
    expect(server.asked).toHaveLength(1)
  })

  test('is sent only what changed', async () => {
    await make()
    const one = machine()
    const { key } = await sealed(one.store, 2, { ...files, model: 'other!' })
    expect(await one.shared.push({ key, replace: false }, {})).toEqual({ state: 'sent', bytes: 6 })
  })

  test('keeps the first record, also that of somebody who comes between question and answer', async () => {
    server.fault = ({ method, name }) => {
      if (method === 'PUT' && name === record && !server.objects.has(name))
        server.objects.set(name, { body: Buffer.from('first'), written: new Date() })
      return undefined
    }
    const { warnings } = await make()
    expect(server.objects.get(record)?.body.toString()).toBe('first')
    expect(warnings).toEqual([])
  })

  test('may know no conditions: then whoever was there before is still the first', async () => {
    const lax: Fault = ({ headers, method, name, body }, response) => {
      if (method !== 'PUT' || name !== record) return undefined
      if (headers['if-none-match'] !== undefined && dialect === 's3') response.writeHead(501).end()
      else {
        server.objects.set(name, { body, written: new Date() })
        response.writeHead(200).end()
      }
      return true
    }
    server.fault = lax
    await make({ model: 'first' })
    const first = server.objects.get(record)
    const one = machine()
    const artifact = await sealed(one.store, 1, { model: 'second' })
    await one.shared.remote.write.writeRecord(artifact.key, 'second', { replace: false })
    expect(server.objects.get(record)).toBe(first)
    expect(String((await pulls()).file('model'))).toBe('first')
  })

  test('that is busy is asked again', async () => {
    const refused = new Set<string>()
    const busyOnce: Fault = ({ method, name, query }, response) => {
      const what = `${method} ${name} ${query}`
      if (refused.has(what)) return undefined
      refused.add(what)
      response.writeHead(503, { 'retry-after': '0' }).end()
      return true
    }
    server.fault = busyOnce
    const { warnings } = await make({ model: 'weights' })
    const { held, warnings: others } = await pulls()
    expect([...warnings, ...others]).toEqual([])
    expect(held).toBeDefined()
  })

  test('that cuts an answer is asked for the rest alone', async () => {
    await make({ large })
    let cuts = 0
    server.fault = ({ method, name, headers }, response, stored) => {
      if (method !== 'GET' || name !== largeBlob || cuts > 0 || !stored) return undefined
      cuts++
      expect(headers.range).toBe('bytes=0-4194303')
      response.writeHead(206, {
        'content-length': 4 << 20,
        'content-range': `bytes 0-4194303/${stored.body.length}`,
      })
      response.write(stored.body.subarray(0, 1 << 20), () => setTimeout(() => response.destroy(), 100))
      return true
    }
    const { file, warnings } = await pulls()
    expect(warnings).toEqual([])
    expect(file('large').equals(large)).toBe(true)
    const ranges = server.asked.filter((line) => line.startsWith(`GET ${largeBlob} bytes=`))
    expect(ranges).toHaveLength(4)
    expect(ranges.filter((line) => line.includes('bytes=0-'))).toHaveLength(1)
  })

  test('that knows no ranges gives a large file all the same', async () => {
    await make({ large })
    server.fault = ({ method, name }, response, stored) => {
      if (method !== 'GET' || name !== largeBlob || !stored) return undefined
      serve(stored.body, undefined, response)
      return true
    }
    const { file, warnings } = await pulls()
    expect(warnings).toEqual([])
    expect(file('large').equals(large)).toBe(true)
  })

  test('that holds many files is not asked for each where it can list them', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`file-${at}`, `${at}`]))
    await make(many)
    const one = machine()
    const { key } = await sealed(one.store, 2, { ...many, 'file-7': 'another' })
    server.asked.length = 0
    expect(await one.shared.push({ key, replace: false }, {})).toEqual({ state: 'sent', bytes: 7 })
    const [most, least] = dialect === 's3' ? [40, 10] : [310, 300]
    expect(server.asked.length).toBeLessThan(most)
    expect(server.asked.length).toBeGreaterThan(least)
  })

  const replaced = (name: string, body: string | undefined) => {
    if (body === undefined) server.objects.delete(name)
    else server.objects.set(name, { body: Buffer.from(body), written: new Date() })
  }

  test.each<[string, string, string, string | undefined]>([
    ['a blob that is gone', 'model is missing', modelBlob, undefined],
    ['a short blob', 'model has 2 bytes instead of 7', modelBlob, 'we'],
    ['a long blob', 'model has 9 bytes instead of 7', modelBlob, 'weightses'],
    ['a blob of other bytes', 'model has other bytes than its record says', modelBlob, 'WEIGHTS'],
    ['half a record', 'its record is not JSON', record, '{"version":1,"mani'],
    ['a page in the place of a record', 'its record is not JSON', record, '<html>log in</html>'],
  ])(
    '%s is a miss that is said, and is mended by whoever makes it again',
    async (_what, words, name, body) => {
      await make({ model: 'weights' })
      replaced(name, body)
      const { held, warnings, store, shared } = await pulls()
      expect(held).toBeUndefined()
      expect(warnings).toEqual([`what is shared is not whole and not used: ${address}: ${words}`])
      await make({ model: 'weights' }, 1, { store, shared, warnings })
      const third = await pulls()
      expect(third.warnings).toEqual([])
      expect(String(third.file('model'))).toBe('weights')
    },
  )

  test('that says a wrong length of an answer gives nothing wrong', async () => {
    await make({ model: 'weights' })
    server.fault = ({ method, name }, response) => {
      if (method !== 'GET' || name !== modelBlob) return undefined
      response.writeHead(200, { 'content-length': 7 })
      response.write('wei', () => setTimeout(() => response.destroy(), 50))
      return true
    }
    const { held, warnings } = await pulls()
    expect(held).toBeUndefined()
    expect(warnings).toEqual([`${address} cuts connections; what it may have is made here`])
  })

  test('a record that is longer than any is not read', async () => {
    server.fault = ({ method }, response) => {
      if (method !== 'GET') return undefined
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write(large));
      }
      response.on('drain', more)
      more()
      return true
    }
    const { warnings } = await pulls()
    expect(warnings).toEqual([`what is shared is not whole and not used: ${address}: its record is too long`])
  })

  test.each<[string, RegExp, Fault]>([
    ['does not answer', /does not answer within 3 s/, () => true],
    ['is busy for long', /answers with status 503/, (_, response) => response.writeHead(503).end() && true],
    ['lets nobody in', /does not let you read \(403/, (_, response) => response.writeHead(403).end() && true],
    [
      'does not know us',
      /does not know who you are \(401/,
      (_, response) => response.writeHead(401).end() && true,
    ],
    [
      'sends us elsewhere',
      /is elsewhere \(30\d.*\).*http:\/\/127.0.0.1:9\/x/,
      (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:9/x' }).end() && true,
    ],
    [
      'stops in the middle of a record',
      /does not answer within 3 s/,
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{')
        return true
      },
    ],
    [
      'answers nonsense',
      /answers nonsense: it is no server of HTTP/,
      (_, response) => response.socket?.end('nonsense\r\n\r\n') && true,
    ],
  ])(
    'that %s is said once, fails nothing, and is sent later what it is owed',
    async (_what, words, fault) => {
      server.fault = fault
      const { held, warnings, store, shared } = await pulls(1, machine({ patience: impatience }))
      expect(held).toBeUndefined()
      const { artifact } = await make({ model: 'weights' }, 1, { store, shared, warnings })
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toMatch(words)
      expect(await shared.ledger.owed()).toEqual([{ key: artifact.key, replace: false }])
      server.fault = undefined
      const later = { ...machineOn(server, address, join(store.home, '..')) }
      await later.shared.share(artifact, { made: false })
      expect(later.warnings).toEqual([])
      expect((await pulls()).held).toBeDefined()
    },
  )

  test('that is down is said once, and fails nothing', async () => {
    await server.close()
    const { warnings, store, shared } = await pulls()
    await make(files, 1, { store, shared, warnings })
    expect(warnings).toEqual([
      `${address} cannot be reached: it refuses connections; what it may have is made here`,
    ])
  })

  test.each<[string, (piece: () => void) => void]>([
    ['hangs', () => undefined],
    ['drips', (piece) => void setInterval(piece, 200).unref()],
  ])('whose blob %s is given up in time', async (_what, goOn) => {
    await make({ large })
    server.fault = ({ method, name }, response) => {
      if (method !== 'GET' || name !== largeBlob) return undefined
      response.writeHead(206, { 'content-length': 4 << 20, 'content-range': `bytes 0-4194303/${10 << 20}` })
      response.write('l')
      goOn(() => response.write('l'))
      return true
    }
    const { held, warnings } = await pulls(1, machine({ patience: impatience }))
    expect(held).toBeUndefined()
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/does not answer within 3 s|is too slow/)
  })

  test('that takes no byte more of what is sent is given up in time', async () => {
    server.fault = ({ method, name }) => {
      return method === 'PUT' && name.includes('blobs')
    }
    const one = machine({ patience: impatience })
    const { warnings, shared, artifact } = await make({ model: 'weights' }, 1, one)
    expect(warnings).toEqual([
      `${address} does not answer within 3 s; what it has not got yet is sent by a later command`,
    ])
    expect(await shared.ledger.owed()).toEqual([{ key: artifact.key, replace: false }])
  })

  test('that is full says so, and holds no record without its blobs', async () => {
    server.fault = ({ method }, response) => method === 'PUT' && response.writeHead(507).end() && true
    const { warnings } = await make()
    expect(warnings).toEqual([`${address} is full (507); what it has not got yet is sent by a later command`])
    expect(server.objects.size).toBe(0)
  })

  test('gives to who may only read, and says once that it takes nothing of theirs', async () => {
    await make()
    as('reader')
    const { held, warnings, store, shared } = await pulls()
    expect(held).toBeDefined()
    expect(warnings).toEqual([])
    await make(files, 2, { store, shared, warnings })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(
      /does not let you write \(403.*; what it has not got yet is sent by a later command/,
    )
  })

  test('does not get a spoilt file of ours under the name of the right bytes', async () => {
    const one = machine()
    const { key, directory } = await sealed(one.store, 1, { model: 'weights', large })
    for (const [name, body] of [
      ['model', 'WEIGHTS'],
      ['large', Buffer.alloc(large.length, 'LARGE')],
    ] as const) {
      chmodSync(join(directory, name), 0o600)
      writeFileSync(join(directory, name), body)
    }
    await one.shared.share({ key }, { made: true })
    expect(one.warnings.join()).toMatch(/has other bytes than it was made with; it is not shared/)
    expect([...server.objects.keys()]).toEqual([])
  })

  test('has scopes: a pull request reads what is trusted and writes into its own', async () => {
    await make()
    await make(files, 2, machine({ scope: 'pr-7' }))
    expect((await pulls(1, machine({ scope: 'pr-7' }))).held).toMatchObject({ from: address })
    expect((await pulls(2, machine({ scope: 'pr-7' }))).held).toMatchObject({ from: `${address}/pr-7` })
    expect((await pulls(2)).held).toBeUndefined()
  })

  test(
    dialect === 's3' ? 'is listed, verified and cleared' : 'says what it cannot do without a list',
    async () => {
      const { shared, artifact } = await make({ model: 'weights' })
      const { key } = artifact
      const listing = [
        () => pullRun(machine().shared, key.slice(0, 8)),
        () => verifyShared(shared),
        () => collectShared(shared, { keepDays: 30 }),
      ]
      if (dialect === 'plain') {
        for (const work of listing)
          await expect(work()).rejects.toThrow(/is a plain server that cannot say what it holds/)
        // A whole key needs no list.
        expect(await pullRun(machine().shared, key)).toMatchObject({ from: address })
        return
      }
      expect(await listing[0]?.()).toMatchObject({ from: address })
      expect(await verifyShared(shared)).toEqual({ intact: 1, broken: [], spoilt: [] })
      replaced(modelBlob, 'WEIGHTS')
      expect(await verifyShared(shared)).toMatchObject({ intact: 0, spoilt: [sha256('weights')] })
      expect([...server.objects.keys()]).toEqual([])
      await shared.push({ key, replace: true }, {})
      for (const stored of server.objects.values()) stored.written = new Date('2026-01-01')
      server.uploads.set('old', { name: 'trusted/blobs/x', begun: new Date('2026-01-01'), parts: new Map() })
      server.uploads.set('young', { name: 'trusted/blobs/y', begun: new Date(), parts: new Map() })
      expect(await collectShared(shared, { keepDays: 30 })).toMatchObject({ records: 1, blobs: 1, bytes: 7 })
      expect([...server.objects.keys(), ...server.uploads.keys()]).toEqual(['young'])
    },
  )
})
