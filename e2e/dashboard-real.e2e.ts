import { once } from 'node:events'
import type { Browser } from 'playwright-core'
import { accessibilityProblems, describePages, openPage, overflow, startBrowser } from './browser'
import { atGate } from './number-experiment'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { Workspace } from './workspace'

/** Trains on and on, until a test removes the file of its gate. */
const recipe = `import time

from blacksmith.training.tensorfile import Raw, write_tensors


def train(ctx):
    print("the first line of its log", flush=True)
    gate = ctx.work / "gate-end"
    gate.touch()
    step = 0
    while gate.exists():
        step += 1
        loss = 1 / step
        ctx.log({"loss": loss}, step)
        ctx.progress(step, 100_000, epoch=1, epochs=20, items_per_step=64, unit="images", loss=loss)
        time.sleep(0.05)
    write_tensors(ctx.output / "model.safetensors", {"x": Raw("F64", (), memoryview(bytes(8)))})
`

describePages('blacksmith dashboard beside a training', () => {
  const workspace = new Workspace()
  let browser: Browser
  let server: ReturnType<Workspace['startBlacksmith']>

  beforeAll(async () => {
    addTinyExperiment(workspace)
    workspace.write('experiments/plain/tiny/recipe.py', recipe)
    workspace.onCpu(1)
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
    await page.getByText('Nothing is running.').waitFor()

    const training = workspace.startNx(
      ['run', 'plain-tiny:train', '--set', 'training.epochs=20'],
      plainPython,
    )
    const ended = once(training, 'close')
    for (const stream of [training.stdout, training.stderr]) stream.resume()

    const card = page.getByRole('article').filter({ hasText: 'plain-tiny:train' })
    const picture = card.locator('svg[role=img]').first()
    await card.locator('figure.chart path.line').first().waitFor()
    const before = await picture.getAttribute('aria-label')
    while ((await picture.getAttribute('aria-label')) === before) await page.waitForTimeout(100)
    const facts = card.locator('.facts-line', { hasText: /images\/s · .+ left · cpu\d+, 1 thread/ })
    await facts.waitFor()
    await card.getByText('Device telemetry').click()
    await card.getByRole('img', { name: /^utilization/ }).waitFor()
    await card.getByText('Log', { exact: true }).click()
    await card.locator('pre', { hasText: 'the first line of its log' }).waitFor()
    await page.locator('#devices').getByText('plain-tiny:train of user').waitFor()
    await page.locator('#queue').getByRole('cell', { name: 'plain-tiny' }).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)

    const { open } = await atGate(workspace, 'end')
    open()
    expect(await ended).toEqual([0, null])
    await page.getByText('Nothing is running.').waitFor()
    const past = page.locator('#runs tbody tr', { hasText: 'plain-tiny:train' })
    await past.getByText('training.epochs=20').waitFor()
    expect(complaints).toEqual([])
    expect(requests.filter((each) => !each.startsWith(address))).toEqual([])
    await page.context().close()
  })
})
