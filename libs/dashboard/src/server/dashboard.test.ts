import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage, request } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createLiveRecord } from '@blacksmith/terminal'
import { metricsLines } from '../../../report/src/fixtures/sample-runs'
import {
  makeWorkFolder,
  writeSampleArtifact,
  writeSamplePair,
} from '../../../report/src/fixtures/sample-store'
import { type Dashboard, startDashboard } from './start-dashboard'

let home: string
let dashboard: Dashboard
let pair: { train: string; evaluate: string }
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'dashboard-'))
  pair = writeSamplePair(home, 'a', { accuracy: 0.95, steps: 50 })
  writeSamplePair(home, 'b', { accuracy: 0.97, seed: 1 })
  const devices = () => Promise.reject(new Error('the driver does not answer'))
  dashboard = await startDashboard({ home, port: 0, devices, queue: async () => [{ place: 1 }] })
})
afterAll(async () => {
  await dashboard.close()
  rmSync(home, { recursive: true, force: true })
})

interface Received {
  status: number
  body: string
  headers: IncomingMessage['headers']
}

/** Sends the path as it is: a browser or fetch would already tidy `..` away. */
function ask(path: string, o: { headers?: Record<string, string>; method?: string } = {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: dashboard.port, path, method: o.method ?? 'GET', headers: o.headers ?? {} },
      (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        )
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

const token = () => new URL(dashboard.url).pathname.split('/')[1] ?? ''
const below = (path: string, o = {}) => ask(`/${token()}/${path}`, o)

test('its address holds a token that nobody can guess', () => {
  expect(dashboard.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/)
})

test('without its token it answers nothing', async () => {
  for (const path of [
    '/',
    '/runs',
    '/events',
    '/x/',
    `/${token().slice(0, -1)}${token().endsWith('x') ? 'y' : 'x'}/`,
    `/${token()}x/`,
    '/favicon.ico',
  ]) {
    expect(await ask(path)).toMatchObject({ status: 404, body: '' })
  }
})

test('names of other sites that lead here, and scripts of other sites, get nothing', async () => {
  for (const headers of [
    { host: 'evil.example' },
    { host: `evil.example:${dashboard.port}` },
    { host: '127.0.0.1:1' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `https://127.0.0.1:${dashboard.port}` },
  ] as Record<string, string>[]) {
    expect(await below('', { headers })).toMatchObject({ status: 404, body: '' })
  }
  expect((await below('', { headers: { origin: `http://127.0.0.1:${dashboard.port}` } })).status).toBe(200)
  expect((await below('', { headers: { host: `localhost:${dashboard.port}` } })).status).toBe(200)
})

test('paths lead to no file outside, however they are written', async () => {
  for (const path of [
    '../../etc/passwd',
    'report/../../../etc/passwd',
    'report/..%2f..%2fetc%2fpasswd',
    `report/${'a'.repeat(64)}`,
    'report/constructor',
    'live/..',
    'live/%2e%2e%2f%2e%2e',
    `live/${'a'.repeat(64)}/records`,
    'compare?run=../../etc',
    'compare',
    '%00',
  ]) {
    expect([path, (await below(path)).status, (await below(path)).body]).toEqual([path, 404, ''])
  }
  expect((await ask(`http://evil.example/${token()}/`)).status).toBe(404)
  expect((await ask(`//evil.example/${token()}/`)).status).toBe(404)
})

test('nothing can be changed through it', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    expect(await below('', { method })).toMatchObject({ status: 404, body: '' })
  }
})

test('what it answers is kept nowhere, framed nowhere and sent to nobody', async () => {
  const { headers, body } = await below('')
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
  })
  expect(body).toContain('default-src &#39;none&#39;')
  expect(body).toContain('connect-src &#39;self&#39;')
})

test('it listens on this machine only', async () => {
  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find((each) => !each.internal && each.family === 'IPv4')
  if (outside === undefined) return
  const reached = await new Promise((resolve) => {
    get({ host: outside.address, port: dashboard.port, timeout: 2000 }, () => resolve(true))
      .on('error', () => resolve(false))
      .on('timeout', () => resolve(false))
  })
  expect(reached).toBe(false)
})

test('a port that is taken is passed over for the next one', async () => {
  const second = await startDashboard({ home, port: dashboard.port })
  expect(second.port).toBeGreaterThan(dashboard.port)
  await second.close()
})

test('runs are listed, searched, reported and compared', async () => {
  await until(async () => JSON.parse((await below('runs')).body).total === 4)
  const found = JSON.parse((await below('runs?search=accuracy%3E0.96')).body)
  expect(found).toMatchObject({ total: 1, complete: true, runs: [{ metrics: { accuracy: 0.97 } }] })
  expect(JSON.parse((await below('runs?count=-1&from=x&sort=__proto__')).body).runs).toHaveLength(4)
  const report = await below(`report/${pair.evaluate}`)
  expect(report.body).toContain('<h1>lightning-mnist:evaluate</h1>')
  expect(report.body).toContain('<figcaption>loss</figcaption>')
  const compared = await below(`compare?run=${pair.evaluate}&run=${found.runs[0].key}`)
  expect(compared.body).toContain('lightning-mnist × 2')
})

/** Follows what the dashboard sends; `newest` is the last of a kind. */
async function listen() {
  const newest: Record<string, unknown> = {}
  const response = await new Promise<IncomingMessage>((resolve) => {
    get(`${dashboard.url}events`, resolve)
  })
  response.setEncoding('utf8')
  let text = ''
  response.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, kind, data] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? []
      if (kind !== undefined && data !== undefined) newest[kind] = JSON.parse(data)
      text = text.slice(end + 2)
    }
  })
  return { newest, close: () => response.destroy() }
}

test('a table that cannot be read says so, and costs the others nothing', async () => {
  const { newest, close } = await listen()
  await until(async () => newest.devices !== undefined && newest.queue !== undefined)
  expect(newest).toMatchObject({
    devices: { problem: 'the driver does not answer' },
    queue: { rows: [{ place: 1 }] },
  })
  close()
})

test('FIFOs, links and giants in place of what it reads are passed over, and it goes on answering', async () => {
  const strange = mkdtempSync(join(tmpdir(), 'strange-'))
  const fifo = (path: string) => spawnSync('mkfifo', [path])
  const giant = (path: string) => {
    writeFileSync(path, '')
    truncateSync(path, 1e12)
  }
  const artifact = (name: string, target: 'train' | 'evaluate' = 'train') => {
    const key = writeSampleArtifact(strange, name, { target })
    return { key, folder: join(strange, 'artifacts', key.slice(0, 2), key) }
  }
  const whole = artifact('whole', 'evaluate')
  // More of them than there are threads to wait for them in.
  for (let index = 0; index < 30; index += 1) {
    const { folder } = artifact(`fifo ${index}`)
    rmSync(join(folder, 'provenance.json'))
    fifo(join(folder, 'provenance.json'))
  }
  giant(join(artifact('giant').folder, 'manifest.json'))
  for (const name of ['metrics.json', 'results.json', 'report.json', 'metrics.jsonl'])
    fifo(join(whole.folder, name))
  const secret = join(strange, 'secret')
  writeFileSync(secret, `{"step": 1, "split": "secret", "values": {"secret": 1}}\n`)
  symlinkSync(secret, join(whole.folder, 'telemetry.jsonl'))
  const linked = makeWorkFolder(strange, 'linked')
  for (const name of ['metrics.jsonl', 'telemetry.jsonl', 'log.txt'])
    symlinkSync(secret, join(linked.records, name))
  const outside = makeWorkFolder(strange, 'outside')
  rmSync(outside.records, { recursive: true })
  symlinkSync(whole.folder, outside.records)
  appendFileSync(join(whole.folder, 'log.txt'), 'secret')

  const other = dashboard
  dashboard = await startDashboard({ home: strange, port: 0 })
  try {
    await until(async () => JSON.parse((await below('runs')).body).complete === true)
    expect(JSON.parse((await below('runs')).body)).toMatchObject({ total: 1, runs: [{ key: whole.key }] })
    expect((await below(`report/${whole.key}`)).body).toContain('<h1>lightning-mnist:evaluate</h1>')
    expect((await below(`compare?run=${whole.key}`)).status).toBe(200)
    for (const { id } of [linked, outside])
      expect(JSON.parse((await below(`live/${id}`)).body)).toEqual({ metrics: [], telemetry: [], log: [] })
  } finally {
    await dashboard.close()
    dashboard = other
    rmSync(strange, { recursive: true })
  }
})

test('news of live runs come by themselves, and their curves and log when asked for', async () => {
  const { newest, close } = await listen()
  const { id, work, records } = makeWorkFolder(home, 'live')
  const live = createLiveRecord(work, {
    project: 'p',
    configuration: 'default',
    target: 'train',
    overrides: [],
    device: 'cpu',
  })
  writeFileSync(join(records, 'metrics.jsonl'), metricsLines(100))
  writeFileSync(join(records, 'log.txt'), 'a line\n')
  writeFileSync(join(records, 'telemetry.jsonl'), '{"time": 5, "device": "cpu", "utilization": 0.7}\n')
  const ids = () => (newest.live as { id: string }[] | undefined)?.map((run) => run.id)
  await until(async () => ids()?.includes(id) === true)
  const received = JSON.parse((await below(`live/${id}`)).body)
  expect(received).toMatchObject({
    metrics: [{ metric: 'loss' }, { metric: 'accuracy' }],
    telemetry: [{ metric: 'utilization', curves: [{ name: 'cpu', last: 0.7 }] }],
    log: ['a line'],
  })

  live.event({ event: 'failed', kind: 'error', message: 'it broke' })
  live.end()
  await until(async () => ids()?.length === 0)
  await until(async () => Array.isArray(newest.stopped) && newest.stopped.length === 1)
  expect(newest.stopped).toMatchObject([{ id, state: 'failed', failure: { message: 'it broke' } }])
  rmSync(work, { recursive: true })
  await until(async () => Array.isArray(newest.stopped) && newest.stopped.length === 0)
  close()
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return
    await delay(50)
  }
  throw new Error('it never came to that')
}
