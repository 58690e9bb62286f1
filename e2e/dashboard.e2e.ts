import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLiveRecord } from '@blacksmith/report'
import { type Dashboard, startDashboard } from '@blacksmith/report/dashboard'
import type { Browser, Page } from 'playwright-core'
import { metricsLines } from '../libs/report/src/fixtures/sample-runs'
import { makeWorkFolder, writeSamplePair } from '../libs/report/src/fixtures/sample-store'
import { accessibilityProblems, describePages, openPage, overflow, startBrowser } from './browser'

const evil = '</script><script>alert(1)</script><img src=x onerror=alert(2)>\u001B[31m'
const run = {
  project: 'lightning-mnist',
  configuration: 'default',
  target: 'train',
  device: 'cpu, 2 threads',
}
const lines = metricsLines(1000).split('\n')

describePages('the dashboard in a browser', () => {
  let home: string
  let browser: Browser
  let dashboard: Dashboard

  beforeAll(async () => {
    browser = await startBrowser()
  }, 60_000)
  afterAll(() => browser?.close())
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'dashboard-pages-'))
    for (let index = 0; index < 30; index += 1) {
      const project = index % 3 === 0 ? 'jax-mnist' : 'lightning-mnist'
      writeSamplePair(home, `r${index}`, { accuracy: 0.9 + index / 1000, seed: index, project, steps: 20 })
    }
    dashboard = await startDashboard({
      home,
      port: 0,
      devices: async () => [{ id: evil, kind: 'cpu', state: 'busy', temperature: null }],
      queue: async () => [{ place: 1, project: 'jax-mnist', target: 'train' }],
    })
  })
  afterEach(async () => {
    await dashboard.close()
    rmSync(home, { recursive: true, force: true })
  })

  /** A run that goes on, at step 500 of 1000. */
  function beginRun(name = 'a', who = run) {
    const folders = makeWorkFolder(home, name)
    writeFileSync(join(folders.records, 'metrics.jsonl'), `${lines.slice(0, 500).join('\n')}\n`)
    writeFileSync(join(folders.records, 'log.txt'), `${evil}\n`)
    const live = createLiveRecord(folders.work, who)
    live.event({ event: 'progress', step: 500, of: 1000, epoch: 2, epochs: 3, metrics: { loss: 0.4 } })
    live.end()
    return { ...folders, live }
  }

  const card = (page: Page) => page.getByRole('article')
  const within = { timeout: 15_000 }

  test('shows a live run as it goes on, to its end, and keeps it among the past runs', async () => {
    const { page, complaints, requests } = await openPage(browser, dashboard.url)
    await page.getByText('Nothing is running.').waitFor(within)
    const { work, records, live } = beginRun()
    await card(page).getByText('step 500 of 1000').waitFor(within)
    await card(page).locator('figure.chart path.line').first().waitFor(within)
    const before = await card(page).locator('svg[role=img]').first().getAttribute('aria-label')

    appendFileSync(join(records, 'metrics.jsonl'), `${lines.slice(500, 900).join('\n')}\n`)
    live.event({ event: 'progress', step: 900, of: 1000, epoch: 3, epochs: 3, metrics: { loss: 0.1 } })
    live.end()
    await card(page).getByText('step 900 of 1000').waitFor(within)
    const picture = card(page).locator('svg[role=img]').first()
    while ((await picture.getAttribute('aria-label')) === before) await page.waitForTimeout(100)

    rmSync(work, { recursive: true })
    writeSamplePair(home, 'finished', { accuracy: 0.99 })
    await page.getByText('Nothing is running.').waitFor(within)
    await page.getByText('62 runs').waitFor(within)
    expect(complaints).toEqual([])
    expect(requests.every((address) => address.startsWith(dashboard.url))).toBe(true)
    await page.context().close()
  }, 60_000)

  test('says so when it is ended, and keeps what it showed', async () => {
    const { page } = await openPage(browser, dashboard.url)
    await page.getByText('live', { exact: true }).waitFor(within)
    await page.getByText('60 runs').waitFor(within)
    await dashboard.close()
    await page.getByText('The dashboard does not answer').waitFor(within)
    expect(await page.locator('#runs tbody tr').count()).toBe(50)
    await page.context().close()
  }, 60_000)

  test('finds runs by words and bounds, and compares those that are chosen, by keyboard alone', async () => {
    const { page } = await openPage(browser, dashboard.url)
    await page.getByText('60 runs').waitFor(within)
    await page.getByRole('searchbox', { name: 'Search' }).focus()
    await page.keyboard.type('accuracy>0.927 evaluate')
    await page.getByText('2 runs').waitFor(within)
    for (const box of await page.getByRole('checkbox').all()) {
      await box.focus()
      await page.keyboard.press('Space')
    }
    await page.getByRole('button', { name: 'Compare the chosen runs' }).focus()
    const [compared] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Enter')])
    await compared.getByRole('heading', { level: 1 }).waitFor(within)
    expect(await compared.getByRole('heading', { level: 1 }).textContent()).toContain('compared')
    expect(await accessibilityProblems(compared)).toEqual([])
    await page.context().close()
  }, 60_000)

  test('opens the report of a past run', async () => {
    const { page } = await openPage(browser, dashboard.url)
    const [report] = await Promise.all([
      page.context().waitForEvent('page'),
      page.locator('#runs a').first().click(within),
    ])
    await report.getByRole('heading', { name: 'Provenance', exact: true }).waitFor(within)
    await page.context().close()
  }, 60_000)

  test.each([
    ['by day on a desk', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' as const }],
    ['by night on a phone', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' as const }],
  ])(
    'is accessible %s, and shows hostile names and logs as text',
    async (_, options) => {
      beginRun('evil', { ...run, project: evil })
      const { page, complaints } = await openPage(browser, dashboard.url, options)
      await card(page).locator('figure.chart path.line').first().waitFor(within)
      await page.getByText('60 runs').waitFor(within)
      await card(page).getByText('Log', { exact: true }).click()
      await page.getByRole('cell', { name: 'unknown' }).waitFor(within)
      expect(await card(page).getByRole('heading').textContent()).toContain('<script>alert(1)</script>')
      expect(await card(page).locator('pre').textContent()).toBe(evil.replace('\u001B[31m', ''))
      expect(await accessibilityProblems(page)).toEqual([])
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      expect(complaints).toEqual([])
      await page.context().close()
    },
    60_000,
  )
})
