import { once } from 'node:events'
import type { Browser } from 'playwright-core'
import { accessibilityProblems, describePages, openPage, overflow, startBrowser } from './browser'
import { addGates, passGate } from './gates'
import { Workspace } from './workspace'

const within = { timeout: 60_000 }

describePages('blacksmith dashboard beside a training', () => {
  const workspace = new Workspace()
  let browser: Browser
  let server: ReturnType<Workspace['startBlacksmith']>

  beforeAll(async () => {
    workspace.onCpu(1)
    addGates(workspace, [3, 20])
    // Making an environment takes longer than a page is waited for.
    for (const name of ['data', 'lightning'])
      expect(workspace.blacksmith(['environment', name]).status).toBe(0)
    browser = await startBrowser()
    server = workspace.startBlacksmith(['dashboard'])
  })
  afterAll(async () => {
    await browser?.close()
    if (server.exitCode === null && server.kill()) await once(server, 'close')
    workspace.dispose()
  })

  test('shows it on a phone with growing curves, log and device, and among the past runs when it has ended', async () => {
    const [first] = (await once(server.stdout, 'data')) as [Buffer]
    const address = String(first).split('\n')[0] ?? ''
    const { page, complaints, requests } = await openPage(browser, address, {
      viewport: { width: 360, height: 740 },
    })
    await page.getByText('Nothing is running.').waitFor(within)

    const flags = ['--set', 'training.epochs=20']
    const training = workspace.startNx(['run', 'lightning-mnist:train', ...flags])
    const ended = once(training, 'close')
    for (const stream of [training.stdout, training.stderr]) stream.resume()

    const card = page.getByRole('article').filter({ hasText: 'lightning-mnist:train' })
    const picture = card.locator('svg[role=img]').first()
    await card.locator('figure.chart path.line').first().waitFor(within)
    const before = await picture.getAttribute('aria-label')
    await passGate(workspace, 3)
    while ((await picture.getAttribute('aria-label')) === before) await page.waitForTimeout(100)
    expect(await card.locator('.facts-line').textContent()).toMatch(/images\/s · .+ left · cpu\d+, 1 thread/)
    await card.getByText('Device telemetry').click(within)
    await card.getByRole('img', { name: /^utilization/ }).waitFor(within)
    await card.getByText('Log', { exact: true }).click()
    expect(await card.locator('pre').textContent()).not.toBe('')
    await page.locator('#devices').getByText('lightning-mnist:train of user').waitFor(within)
    await page.locator('#queue').getByRole('cell', { name: 'lightning-mnist' }).waitFor(within)
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)

    await passGate(workspace, 20)
    expect(await ended).toEqual([0, null])
    await page.getByText('Nothing is running.').waitFor(within)
    const past = page.locator('#runs tbody tr', { hasText: 'lightning-mnist:train' })
    await past.getByText('training.epochs=20').waitFor(within)
    expect(complaints).toEqual([])
    expect(requests.filter((each) => !each.startsWith(address))).toEqual([])
    await page.context().close()
  })
})
