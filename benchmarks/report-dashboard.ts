import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Dashboard, startDashboard } from '@blacksmith/dashboard'
import { createLiveRecord } from '@blacksmith/terminal'
import type { Browser } from 'playwright-core'
import { startBrowser } from '../e2e/browser'
import { metricsLines } from '../libs/report/src/fixtures/sample-runs'
import { makeWorkFolder, writeSamplePair } from '../libs/report/src/fixtures/sample-store'

/**
 * When the dashboard first paints and when it shows its runs, with 10 runs and with 10,000, and how long the curves
 * of a live run of a million steps take.
 *
 *     npx jiti benchmarks/report-dashboard.ts [runs] [rounds]
 */
async function main(): Promise<void> {
  const many = Number(process.argv[2] ?? 10_000)
  const rounds = Number(process.argv[3] ?? 7)
  const folder = mkdtempSync(join(tmpdir(), 'benchmark-dashboard-'))
  const browser = await startBrowser()
  try {
    const homes = { few: store(join(folder, 'few'), 10), many: store(join(folder, 'many'), many) }
    // From its first moment: the server has read nothing yet.
    const cold = {
      few: await paintOf(browser, homes.few, { until: 'paint' }),
      many: await paintOf(browser, homes.many, { until: 'paint' }),
    }
    const paint = { few: [] as Painted[], many: [] as Painted[] }
    const servers = {
      few: await startDashboard({ home: homes.few, port: 0 }),
      many: await startDashboard({ home: homes.many, port: 0 }),
    }
    for (const kind of ['few', 'many'] as const) await paintOn(browser, servers[kind], 'complete')
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of ['few', 'many'] as const)
        paint[kind].push(await paintOn(browser, servers[kind], 'list'))
    }
    const first = { few: median(paint.few, 'first'), many: median(paint.many, 'first') }
    const list = { few: median(paint.few, 'list'), many: median(paint.many, 'list') }
    const ratio = first.many / first.few
    console.log(
      `first paint, server just started: ${ms(cold.few.first)} with 10 runs, ${ms(cold.many.first)} with ${many}`,
    )
    console.log(
      `first paint, median of ${rounds}: ${ms(first.few)} with 10 runs, ${ms(first.many)} with ${many}, ${ratio.toFixed(2)} times`,
    )
    console.log(
      `runs listed, median of ${rounds}: ${ms(list.few)} with 10 runs, ${ms(list.many)} with ${many}`,
    )
    await millionSteps(servers.few, homes.few)
    await servers.few.close()
    await servers.many.close()
    const met = ratio <= 2 && cold.many.first <= 2 * Math.max(cold.few.first, first.few)
    console.log(met ? 'within the bound: first paint at most 2 times as late' : 'OUTSIDE the bound')
    process.exitCode = met ? 0 : 1
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Painted {
  first: number
  list: number
}

function store(home: string, runs: number): string {
  for (let index = 0; index < runs / 2; index += 1) {
    const started = new Date(1_777_000_000_000 + index * 60_000).toISOString()
    writeSamplePair(home, `r${index}`, { accuracy: 0.9 + (index % 100) / 1000, seed: index, started })
  }
  return home
}

async function paintOf(browser: Browser, home: string, o: { until: 'paint' }): Promise<Painted> {
  const server = await startDashboard({ home, port: 0 })
  const painted = await paintOn(browser, server, o.until)
  await server.close()
  return painted
}

async function paintOn(
  browser: Browser,
  server: Dashboard,
  until: 'paint' | 'list' | 'complete',
): Promise<Painted> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(server.url)
  const first = (await page.evaluate(`new Promise((resolve) => {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') resolve(entry.startTime)
    }).observe({ type: 'paint', buffered: true })
  })`)) as number
  if (until === 'list') await page.locator('#runs tbody tr').first().waitFor()
  if (until === 'complete') await page.getByText(/^[\d,]+ runs, [\d.]+ \w+$/).waitFor({ timeout: 120_000 })
  const list = (await page.evaluate('performance.now()')) as number
  await context.close()
  return { first, list }
}

async function millionSteps(server: Dashboard, home: string): Promise<void> {
  const { id, work, records } = makeWorkFolder(home, 'long')
  writeFileSync(join(records, 'metrics.jsonl'), metricsLines(1_000_000))
  createLiveRecord(work, {
    project: 'long',
    configuration: 'default',
    target: 'train',
    overrides: [],
    device: 'cpu',
  }).end()
  const ask = async () => {
    const started = performance.now()
    const bytes = (await (await fetch(`${server.url}live/${id}`)).text()).length
    return { ms: performance.now() - started, bytes }
  }
  const first = await ask()
  const again = await ask()
  console.log(
    `curves of 1,000,000 steps: ${ms(first.ms)} the first time, ${ms(again.ms)} from then on, ${(again.bytes / 1e3).toFixed(0)} kB`,
  )
}

function median(values: Painted[], field: keyof Painted): number {
  return (
    values.map((each) => each[field]).toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
  )
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}

void main()
