import { pathToFileURL } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { accessibilityProblems, describePages, openPage, overflow, startBrowser } from './browser'
import { atGate } from './number-experiment'
import { type Seen, Terminal } from './terminal'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { Workspace } from './workspace'

const digits = `training: { epochs: 2 }
acceptance: { accuracy: { at_least: 0.8 } }
`
/** As little work as makes every picture, as a configuration of each experiment. */
const small: Record<string, string> = {
  'lightning-mnist': digits,
  'jax-mnist': digits,
  'lightning-nerf': `dataset: { size: 32, views: { train: 8, val: 1, test: 2 } }
model: { grid: { resolutions: [8, 24], channels: 4, hidden: 16, occupancy: 24, step: 0.08 } }
training: { steps: 80, rays: 256 }
evaluation: { rays: 1024, turntable_frames: 6 }
acceptance: { psnr: { at_least: 5 } }
`,
  'torch-llama': `dataset:
  sentences: { train: 300, validation: 60, test: 100 }
  vocabulary: 400
  max_length: 64
  base: { hidden_size: 32, intermediate_size: 48, epochs: 1 }
model: { hidden_size: 32, intermediate_size: 48, lora: { rank: 4, alpha: 8 } }
training: { epochs: 2 }
acceptance: { accuracy: { at_least: 0.2 } }
`,
}
const flags = ['-c', 'small']

/** Eight epochs of 125 steps, of which some wait until a test has seen how far they are. */
const gated = [2, 4, 6]
const recipe = `import time

from blacksmith.training.tensorfile import Raw, write_tensors


def gate(ctx, name):
    path = ctx.work / f"gate-{name}"
    path.touch()
    while path.exists():
        time.sleep(0.01)


def train(ctx):
    for epoch in range(1, 9):
        # What follows sooner than people can read is not shown.
        time.sleep(0.5)
        loss, step = 1 / epoch, 125 * epoch
        ctx.log({"loss": loss}, step)
        ctx.progress(step, 1000, epoch=epoch, epochs=8, items_per_step=64, unit="images", loss=loss)
        if epoch in ${JSON.stringify(gated)}:
            gate(ctx, epoch)
    write_tensors(ctx.output / "model.safetensors", {"x": Raw("F64", (), memoryview(bytes(8)))})
`

describe('small runs of the experiments', () => {
  const workspace = new Workspace()
  let seen: Seen
  let browser: Promise<Browser> | undefined

  beforeAll(async () => {
    workspace.onCpu(1)
    addTinyExperiment(workspace)
    workspace.write('experiments/plain/tiny/recipe.py', recipe)
    for (const [project, text] of Object.entries(small)) {
      workspace.write(`experiments/${project.replace('-', '/')}/configs/small.yaml`, text)
    }
    const projects = `--projects=${Object.keys(small).join(',')}`
    seen = await workspace.nxOnTerminal(
      ['run-many', '-t', 'evaluate', projects, '--parallel=2', ...flags],
      200,
    )
  })
  afterAll(async () => {
    await (await browser)?.close()
    workspace.dispose()
  })

  test('show on a terminal how far each is, in whole lines that bear its name', () => {
    expect(seen.status === 0 ? 'succeeded' : seen.lines.join('\n')).toBe('succeeded')
    for (const project of Object.keys(small)) {
      const progress = seen.lines.filter((line) => line.startsWith(`${project}:train  `))
      expect(progress.filter((line) => / {2}step \d+\/\d+ {2}loss [\d.]+.* {2}cpu/.test(line))).not.toEqual(
        [],
      )
      expect(progress.at(-1)).toMatch(/ {2}took [\d.:]+/)
    }
    const steps = seen.lines.filter((line) => /step \d+\/\d+/.test(line))
    expect(steps.filter((line) => !/^[\w-]+:(prepare-data|train|evaluate) {2}/.test(line))).toEqual([])
  })

  test('a single one has the terminal to itself: one line, redrawn, with loss, course, rate, device and time left', async () => {
    const nx = workspace.path('node_modules/.bin/nx')
    const terminal = new Terminal([nx, 'run', 'plain-tiny:train'], {
      cwd: workspace.root,
      env: workspace.environment(plainPython),
      columns: 120,
    })
    for (const epoch of gated) {
      const { open } = await atGate(workspace, String(epoch))
      const whole = [
        `^plain-tiny:train {2}epoch ${epoch}/8 {2}step ${125 * epoch}/1,000 {2}loss [\\d.]+`,
        '[▁-█]{2,8} {2}[\\d,.]+ images/s {2}cpu {2}.* left$',
      ]
      await terminal.shows(new RegExp(whole.join(' {2}'), 'm'))
      open()
    }
    const { status, lines, lastLines } = await terminal.seen()
    expect(status === 0 ? 'succeeded' : lines.join('\n')).toBe('succeeded')
    for (const line of lastLines.filter((line) => line.endsWith(' left')))
      expect(line.length).toBeLessThan(120)
    // What stays is said once, and holds nothing that was true on the way only.
    expect(lines.filter((line) => /step [\d,]+\/[\d,]+/.test(line))).toEqual([
      expect.stringMatching(/^plain-tiny:train {2}epoch 8\/8 {2}step 1,000\/1,000 {2}loss/),
    ])
  })

  describePages('have reports that', () => {
    test.each([
      ['lightning-mnist', confusionAndMistakes],
      ['jax-mnist', confusionAndMistakes],
      ['lightning-nerf', viewsAndTurntable],
      ['torch-llama', sentences],
    ])(
      'show what there is to see of %s, ask for nothing and are accessible on a phone in the dark',
      async (project, look) => {
        const file = workspace.path('dist', project, 'small/evaluate/report.html')
        const address = pathToFileURL(file).href
        const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' as const }
        browser ??= startBrowser()
        const { page, complaints, requests } = await openPage(await browser, address, phone)
        await page.getByText('✓ accepted').waitFor()
        expect(await page.locator('figure.chart svg .line').count()).toBeGreaterThan(1)
        await look(page)
        expect(await accessibilityProblems(page)).toEqual([])
        expect(await overflow(page)).toBeLessThanOrEqual(0)
        expect(complaints).toEqual([])
        expect(requests).toEqual([address])
        await page.context().close()
      },
    )
  })
})

async function confusionAndMistakes(page: Page): Promise<void> {
  const counts = await page.getByRole('table', { name: 'Confusion matrix' }).locator('td').allTextContents()
  expect(counts).toHaveLength(100)
  expect(counts.reduce((sum, each) => sum + Number(each), 0)).toBe(1000)
  await page.getByRole('heading', { name: 'Worst mistakes' }).waitFor()
  const mistakes = page.locator('.gallery figure')
  expect(await shownPictures(mistakes)).toBeGreaterThan(3)
  expect(await mistakes.first().locator('figcaption').textContent()).toMatch(
    /^\d taken for \d, sure to (0\.\d+|1\.00)$/,
  )
}

async function viewsAndTurntable(page: Page): Promise<void> {
  const views = page.getByRole('table', { name: 'Test views' })
  expect(await views.locator('thead th').allTextContents()).toEqual([
    ...['view', 'target', 'rendering', 'error × 4', 'PSNR in dB', 'SSIM'],
  ])
  expect(await shownPictures(views)).toBe(6)
  expect(await shownPictures(page.locator('.frames'))).toBe(6)
  await page.getByRole('slider', { name: 'Frame of Turntable' }).waitFor()
}

async function sentences(page: Page): Promise<void> {
  for (const title of ['Wrong sentences', 'Right sentences']) {
    const rows = page.getByRole('table', { name: title }).locator('tbody tr')
    expect(await rows.count()).toBeGreaterThan(2)
    const [is, readAs, , likelihood, ...logs] = await rows.first().locator('td').allTextContents()
    expect(is === readAs).toBe(title === 'Right sentences')
    expect(Number(likelihood)).toBeGreaterThan(0.49)
    for (const each of logs) expect(Number(each)).toBeLessThan(0)
    expect(logs).toHaveLength(2)
  }
}

/** How many pictures there are in a place, each of which the browser could read. */
async function shownPictures(place: Locator): Promise<number> {
  const widths = await place
    .locator('img')
    .evaluateAll((all) => all.map((img) => (img as { naturalWidth: number }).naturalWidth))
  expect(widths.filter((width) => width === 0)).toEqual([])
  return widths.length
}
