import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Dashboard, startDashboard } from '@blacksmith/dashboard'
import { createLiveRecord } from '@blacksmith/terminal'
import type { Browser, Page } from 'playwright-core'
import { metricsLines } from '../libs/report/src/fixtures/sample-runs'
import {
  makeWorkFolder,
  writeSampleArtifact,
  writeSamplePair,
} from '../libs/report/src/fixtures/sample-store'
import { accessibilityProblems, describePages, openPage, overflow, startBrowser } from './browser'

const evil = '</script><script>alert(1)</script><img src=x onerror=alert(2)>\u001B[31m'
const run = {
  project: 'lightning-mnist',
  configuration: 'default',
  target: 'train',
  overrides: ['training.epochs=3'],
  device: 'cpu, 2 threads',
}
const lines = metricsLines(1000).split('\n')

describePages('the dashboard in a browser', () => {
  let home: string
  let browser: Browser
  let dashboard: Dashboard

  beforeAll(async () => {
    browser = await startBrowser()
  })
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
      devices: async () => [
        { id: evil, kind: 'cpu', state: 'busy', model: '', temperature: null },
        { id: 'gpu0', kind: 'gpu', state: 'free', model: 'H200', temperature: undefined },
      ],
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

  /** A run that stopped at step 500 of 1000, `age` hours ago. */
  function beginStoppedRun(age: number, failure?: string) {
    const { work } = beginRun(`stopped ${age}`, { ...run, overrides: [`training.seed=${age}`] })
    const file = join(work, 'live.json')
    const record = JSON.parse(readFileSync(file, 'utf8'))
    const aged = { pid_start: '1', updated: record.updated - age * 3600 }
    const failed = failure === undefined ? {} : { failure: { kind: 'error', message: failure } }
    writeFileSync(file, JSON.stringify({ ...record, ...aged, ...failed }))
  }

  const card = (page: Page) => page.getByRole('article')
  const stopped = (page: Page) => page.locator('ul.stopped > li')

  test('shows a live run as it goes on, to its end, and keeps it among the past runs', async () => {
    const { page, complaints, requests } = await openPage(browser, dashboard.url)
    await page.getByText('Nothing is running.').waitFor()
    const { work, records, live } = beginRun()
    await card(page).getByText('step 500 of 1000').waitFor()
    await card(page).getByText('training.epochs=3').waitFor()
    await card(page).locator('figure.chart path.line').first().waitFor()
    const before = await card(page).locator('svg[role=img]').first().getAttribute('aria-label')

    appendFileSync(join(records, 'metrics.jsonl'), `${lines.slice(500, 900).join('\n')}\n`)
    live.event({ event: 'progress', step: 900, of: 1000, epoch: 3, epochs: 3, metrics: { loss: 0.1 } })
    live.end()
    await card(page).getByText('step 900 of 1000').waitFor()
    const picture = card(page).locator('svg[role=img]').first()
    while ((await picture.getAttribute('aria-label')) === before) await page.waitForTimeout(100)

    rmSync(work, { recursive: true })
    writeSamplePair(home, 'finished', { accuracy: 0.99 })
    await page.getByText('Nothing is running.').waitFor()
    await page.getByText('62 runs').waitFor()
    expect(complaints).toEqual([])
    expect(requests.every((address) => address.startsWith(dashboard.url))).toBe(true)
    await page.context().close()
  })

  test('says so when it is ended, and keeps what it showed', async () => {
    const { page } = await openPage(browser, dashboard.url)
    await page.getByText('live', { exact: true }).waitFor()
    await page.getByText('60 runs').waitFor()
    await dashboard.close()
    await page.getByText('The dashboard does not answer').waitFor()
    expect(await page.locator('#runs tbody tr').count()).toBe(50)
    await page.context().close()
  })

  test('says that it is connecting, and of nothing that it is not there, until it knows', async () => {
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const { page } = await openPage(browser, dashboard.url, {}, async (opened) => {
      await opened.route('**/events', async (route) => {
        await held
        await route.continue()
      })
    })
    await page.getByText('60 runs').waitFor()
    const none = /Nothing is running|There are no devices|Nobody waits/
    expect(await page.locator('main').textContent()).not.toMatch(none)
    expect(await page.getByText('connecting…').count()).toBe(4)
    letGo()
    await page.getByText('Nothing is running.').waitFor()
    await page.getByRole('cell', { name: 'jax-mnist', exact: true }).waitFor()
    expect(await page.getByText('connecting…').count()).toBe(0)
    await page.context().close()
  })

  test('keeps runs that stopped in a compact list, which opens, and from which they can be dismissed', async () => {
    const message = `RuntimeError: shapes do not match ${'in any way '.repeat(90)}\nsecond line`
    for (let age = 1; age <= 12; age += 1) beginStoppedRun(age, age === 2 ? message : undefined)
    const { page, complaints } = await openPage(browser, dashboard.url)
    await page.getByText('Nothing is running.').waitFor()
    await stopped(page).first().waitFor()
    expect(await page.locator('progress').count()).toBe(0)
    expect(await stopped(page).count()).toBe(8)
    for (const line of await stopped(page).all()) {
      expect(await line.textContent()).toMatch(/lightning-mnist:train training\.seed=\d.+step 500 of 1000/)
      expect((await line.boundingBox())?.height).toBeLessThan(80)
    }
    await page.getByRole('button', { name: 'Show 4 more' }).click()
    expect(await stopped(page).count()).toBe(12)
    expect(await page.locator('figure.chart').count()).toBe(0)

    await stopped(page).nth(1).locator('summary').first().click()
    await stopped(page).nth(1).getByText('second line').waitFor()
    await stopped(page).nth(1).locator('figure.chart path.line').first().waitFor()
    expect(await accessibilityProblems(page)).toEqual([])

    await page
      .getByRole('button', { name: 'Dismiss lightning-mnist:train training.seed=2', exact: true })
      .click()
    expect(await stopped(page).count()).toBe(11)
    await page.getByRole('button', { name: 'Dismiss all' }).click()
    expect(await stopped(page).count()).toBe(0)
    await page.reload()
    await page.getByRole('button', { name: 'Show 12 dismissed' }).waitFor()
    expect(await stopped(page).count()).toBe(0)
    beginStoppedRun(0, 'it failed again')
    await stopped(page).getByText('it failed again').waitFor()
    await page.getByRole('button', { name: 'Show 12 dismissed' }).click()
    expect(await stopped(page).count()).toBe(8)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('shows a run that has recorded nothing yet, and then a hundred thousand steps and an endless line', async () => {
    const { work, records } = makeWorkFolder(home, 'quiet')
    const live = createLiveRecord(work, run)
    const { page, complaints } = await openPage(browser, dashboard.url)
    await card(page).getByText('before its first step').waitFor()
    await card(page).getByText('Log', { exact: true }).click()
    await card(page).getByText('The log is empty.').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])

    writeFileSync(join(records, 'metrics.jsonl'), metricsLines(100_000))
    writeFileSync(join(records, 'log.txt'), `first\n${'long '.repeat(1_000_000)}\n`)
    live.event({ event: 'progress', step: 100_000, of: 100_000, metrics: {} })
    live.end()
    await card(page).locator('figure.chart path.line').first().waitFor()
    await card(page)
      .locator('pre', { hasText: /^(long )+long…$/ })
      .waitFor()
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('tells runs of one experiment that go on at once apart, the youngest first', async () => {
    for (const seed of [1, 2, 3]) {
      const { work } = beginRun(`seed ${seed}`, { ...run, overrides: [`training.seed=${seed}`] })
      const file = join(work, 'live.json')
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), started: seed }))
    }
    const { page } = await openPage(browser, dashboard.url)
    await card(page).nth(2).waitFor()
    const names = () => page.getByRole('article').evaluateAll((all) => all.map((each) => each.ariaLabel))
    const name = (seed: number) => `lightning-mnist:train training.seed=${seed}`
    expect(await names()).toEqual([3, 2, 1].map(name))
    beginRun('seed 4', { ...run, overrides: ['training.seed=4'] })
    await card(page).nth(3).waitFor()
    expect(await names()).toEqual([4, 3, 2, 1].map(name))
    await page.context().close()
  })

  test.each([800, 1280])(
    'cuts nothing off at %i pixels, and shows the overrides of past runs',
    async (width) => {
      writeSampleArtifact(home, 'long', {
        project: 'lightning-experiment-with-a-name-that-is-long',
        configuration: 'full-resolution',
        overrides: ['training.learning_rate=0.0003', `dataset.path=/data/${'a-very-long-folder/'.repeat(8)}`],
        started: '2030-01-01T00:00:00.000Z',
      })
      const names = ['peak_signal_to_noise_ratio', 'structural/similarity', 'accuracy']
      const metrics = Object.fromEntries(names.map((name, index) => [name, index + 0.12345]))
      const results = { metrics, acceptance: {}, accepted: true }
      writeSampleArtifact(home, 'measured', { project: 'measured', target: 'evaluate', results })
      beginRun('long', { ...run, overrides: [`dataset.path=/data/${'x'.repeat(300)}`] })
      beginStoppedRun(1, 'y'.repeat(300))
      const { page } = await openPage(browser, dashboard.url, { viewport: { width, height: 900 } })
      await page.getByText('62 runs').waitFor()
      await card(page).locator('figure.chart path.line').first().waitFor()
      await stopped(page).first().waitFor()
      await page.locator('#runs').getByText('training.learning_rate=0.0003').waitFor()
      expect(await cutOff(page)).toEqual([])
      await page.getByLabel('Project').selectOption('measured')
      await page.getByRole('columnheader', { name: 'peak_signal_to_noise_ratio' }).waitFor()
      // On a narrower page a table of many measures scrolls by itself, and the page does not.
      if (width >= 1280) expect(await cutOff(page)).toEqual([])
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      await page.context().close()
    },
  )

  test('leaves empty what a device does not report, and has a label beside each slider, which says where it stands', async () => {
    beginRun()
    const { page } = await openPage(browser, dashboard.url)
    const row = page.locator('#devices tbody tr')
    await row.nth(1).waitFor()
    expect(await page.locator('#devices thead th').allTextContents()).toEqual([
      'id',
      'kind',
      'state',
      'model',
    ])
    expect(await row.nth(0).locator('td').allTextContents()).toEqual(['cpu', 'busy', ''])
    expect(await row.nth(1).locator('td').allTextContents()).toEqual(['gpu', 'free', 'H200'])

    const slider = card(page).getByRole('slider', { name: 'Position in loss', exact: true })
    await slider.waitFor()
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/^step \d+: train 0\.\d+, validation/)
    expect(await card(page).getByText('Position').first().isVisible()).toBe(true)
    await page.context().close()
  })

  test('keeps a search over a reload, and when the reader comes back to it', async () => {
    const { page } = await openPage(browser, dashboard.url)
    await page.getByText('60 runs').waitFor()
    await page.getByRole('searchbox', { name: 'Search' }).fill('accuracy>0.926')
    await page.getByLabel('Project').selectOption('jax-mnist')
    await page.getByText('1 run,').waitFor()
    await page.reload()
    await page.getByText('1 run,').waitFor()
    await page
      .locator('#runs a')
      .first()
      .evaluate((link) => link.removeAttribute('target'))
    await page.locator('#runs a').first().click()
    await page.getByRole('heading', { name: 'Provenance', exact: true }).waitFor()
    await page.goBack()
    await page.getByText('1 run,').waitFor()
    expect(await page.getByLabel('Project').inputValue()).toBe('jax-mnist')
    await page.context().close()
  })

  test('finds runs by words and bounds, compares those that are chosen by keyboard alone, and opens a report', async () => {
    const { page } = await openPage(browser, dashboard.url)
    await page.getByText('60 runs').waitFor()
    await page.getByRole('searchbox', { name: 'Search' }).focus()
    await page.keyboard.type('accuracy>0.927 evaluate')
    await page.getByText('2 runs').waitFor()
    for (const box of await page.getByRole('checkbox').all()) {
      await box.focus()
      await page.keyboard.press('Space')
    }
    await page.getByRole('button', { name: 'Compare the chosen runs' }).focus()
    const [compared] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Enter')])
    await compared.getByRole('heading', { level: 1 }).waitFor()
    expect(await compared.getByRole('heading', { level: 1 }).textContent()).toContain('compared')
    expect(await accessibilityProblems(compared)).toEqual([])

    const [report] = await Promise.all([
      page.context().waitForEvent('page'),
      page.locator('#runs a').first().click(),
    ])
    await report.getByRole('heading', { name: 'Provenance', exact: true }).waitFor()
    await page.context().close()
  })

  test.each([
    ['by day on a desk', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' as const }],
    ['by night on a phone', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' as const }],
  ])('is accessible %s, and shows hostile names and logs as text', async (_, options) => {
    beginRun('evil', { ...run, project: evil, overrides: [evil] })
    beginStoppedRun(1, evil)
    const { page, complaints } = await openPage(browser, dashboard.url, options)
    await card(page).locator('figure.chart path.line').first().waitFor()
    await page.getByText('60 runs').waitFor()
    await card(page).getByText('Log', { exact: true }).click()
    await page.getByRole('cell', { name: 'busy' }).waitFor()
    expect(await card(page).getByRole('heading').textContent()).toContain('<script>alert(1)</script>')
    await card(page).locator('pre', { hasText: 'alert(1)' }).waitFor()
    expect(await card(page).locator('pre').textContent()).toBe(evil.replace('\u001B[31m', ''))
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

/** What is wider than its place: text that a reader would have to scroll to, or would not see at all. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('main *')]
    .filter((each) => !each.closest('.unseen, svg') && each.getClientRects().length > 0)
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== 'visible')
    .map((each) => each.outerHTML.slice(0, 100))`)
}
