import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sweepPage } from '@blacksmith/report/sweep'
import { writeReport } from '@blacksmith/report/write-report'
import type { Browser } from 'playwright-core'
import {
  mnistBlocks,
  nerfBlocks,
  sampleParameters,
  sentenceBlocks,
  writeSampleRun,
} from '../libs/report/src/fixtures/sample-runs'
import { sampleSweep } from '../libs/report/src/fixtures/sample-sweep'
import { accessibilityProblems, describePages, openPage, overflow, startBrowser } from './browser'

const experiments: Record<string, (directory: string) => unknown[]> = {
  'lightning-mnist': mnistBlocks,
  'lightning-nerf': nerfBlocks,
  'torch-llama': sentenceBlocks,
}
const results = {
  metrics: { accuracy: 0.9541, loss: 0.16 },
  acceptance: { accuracy: { at_least: 0.93, met: true }, loss: { at_most: 0.1, met: false } },
  accepted: false,
}
const phone = { viewport: { width: 360, height: 740 } }
const desk = { viewport: { width: 1280, height: 900 } }

describePages('a report in a browser', () => {
  let folder: string
  let browser: Browser
  const addresses: Record<string, string> = {}

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'report-pages-'))
    browser = await startBrowser()
    for (const [project, blocks] of Object.entries(experiments)) {
      const training = writeSampleRun(join(folder, project, 'train'), {
        project,
        steps: 1407,
        telemetry: true,
      })
      const run = { project, target: 'evaluate' as const, results, overrides: ['training.epochs=3'] }
      const directory = writeSampleRun(join(folder, project, 'evaluate'), run)
      writeSampleRun(directory, { ...run, blocks: blocks(directory) })
      const config = {
        values: sampleParameters(),
        origins: { 'training.epochs': { source: 'flag' as const } },
      }
      const { file } = await writeReport(directory, {
        training,
        config,
        description: `What ${project} learned`,
      })
      addresses[project] = pathToFileURL(file).href
    }
    const sweep = join(folder, 'sweep.html')
    writeFileSync(sweep, sweepPage(sampleSweep()))
    addresses.sweep = pathToFileURL(sweep).href
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const open = (project: string, options = {}) => openPage(browser, addresses[project] ?? '', options)

  for (const project of [...Object.keys(experiments), 'sweep']) {
    test(`of ${project} asks for nothing, complains of nothing, and is accessible by day and by night, wide and narrow`, async () => {
      for (const options of [
        { ...desk, colorScheme: 'light' as const },
        { ...phone, colorScheme: 'dark' as const },
      ]) {
        const { page, complaints, requests } = await open(project, options)
        expect(await accessibilityProblems(page)).toEqual([])
        expect(await overflow(page)).toBeLessThanOrEqual(0)
        expect(complaints).toEqual([])
        expect(requests).toEqual([addresses[project]])
        await page.context().close()
      }
    })
  }

  test('what is folded away is accessible too', async () => {
    const { page } = await open('torch-llama', phone)
    // The tables below the charts are built alike: one stands for all, which saves minutes.
    await page.evaluate(
      "document.querySelectorAll('figure.chart ~ figure.chart').forEach((each) => each.remove())",
    )
    await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await page.context().close()
  })

  test('values are read off a chart with the keyboard, in words', async () => {
    const { page } = await open('lightning-mnist')
    const slider = page.getByRole('slider', { name: 'Position in loss' })
    await slider.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    const text = await slider.getAttribute('aria-valuetext')
    expect(text).toMatch(/^step \d+: train [\d.]+, validation [\d.]+$/)
    expect(await page.locator('figure.chart .readout').first().textContent()).toBe(text)
    await page.context().close()
  })

  test('the axis turns from steps to time and the scale to logarithms', async () => {
    const { page } = await open('lightning-mnist')
    const svg = page.locator('figure.chart svg[role=img]').first()
    const before = await svg.innerHTML()
    await page.getByLabel('time').check()
    const timed = await svg.innerHTML()
    expect(timed).toContain('>time<')
    await page.getByLabel('logarithmic').check()
    expect(new Set([before, timed, await svg.innerHTML()]).size).toBe(3)
    await page.context().close()
  })

  test('a chart under the pointer says what it shows there', async () => {
    const { page } = await open('lightning-mnist')
    await page
      .locator('figure.chart .picture')
      .first()
      .hover({ position: { x: 200, y: 100 } })
    expect(await page.locator('figure.chart .readout').first().textContent()).toMatch(/^step [\d,]+: train/)
    await page.context().close()
  })

  test('the turntable turns with the keyboard, one frame at a time', async () => {
    const { page } = await open('lightning-nerf')
    const slider = page.getByRole('slider', { name: 'Frame of Turntable' })
    await slider.focus()
    await page.keyboard.press('ArrowRight')
    expect(await slider.getAttribute('aria-valuetext')).toBe('2 of 12')
    expect(await page.locator('.frames figure:visible').count()).toBe(1)
    expect(await page.locator('.frames figure:visible figcaption').textContent()).toBe(
      'a turn around the scene, 2 of 12',
    )
    await page.context().close()
  })

  test('the first thing that the keyboard reaches leads past the navigation', async () => {
    const { page } = await open('lightning-mnist')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('content')
    await page.context().close()
  })

  test('without scripts the curves, their tables and all frames are there', async () => {
    const { page } = await open('lightning-nerf', { javaScriptEnabled: false })
    expect(await page.locator('figure.chart svg .line').count()).toBeGreaterThan(2)
    await page.getByText('Data of “loss”').click()
    expect(await page.locator('figure.chart table').first().isVisible()).toBe(true)
    expect(await page.locator('.frames figure:visible').count()).toBe(12)
    expect(await page.getByLabel('logarithmic').isVisible()).toBe(false)
    await page.context().close()
  })

  test('hostile names, values and pictures are text', async () => {
    const evil = '</script><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>'
    const directory = writeSampleRun(join(folder, 'evil'), {
      project: evil,
      parameters: { [evil]: evil, long: 'y'.repeat(1_000_000) },
      overrides: [evil],
      results: { metrics: { [evil]: 1 }, acceptance: {}, accepted: true },
      blocks: [{ kind: 'table', title: evil, note: evil, columns: [evil], rows: [[evil]] }],
    })
    const line = { step: 1, split: evil, values: { [evil]: 3 } }
    writeFileSync(join(directory, 'metrics.jsonl'), `${JSON.stringify(line)}\n`)
    const { file } = await writeReport(directory)
    const { page, complaints, requests } = await openPage(browser, pathToFileURL(file).href, phone)
    expect(complaints).toEqual([])
    expect(requests).toHaveLength(1)
    expect(await page.locator('h1').textContent()).toBe(`${evil}:train`)
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await page.context().close()
  })
})
