import { existsSync, readFileSync } from 'node:fs'
import { setting } from '@blacksmith/config/header'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const candidates = [
  setting('BLACKSMITH_CHROMIUM'),
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** In ms; only against a page that hangs, whatever else the machine has to do. */
const longest = 300_000

/** The browser on this machine, if there is one. */
const browserPath = candidates.find((path) => path !== undefined && existsSync(path))

/** A group of tests that look at pages; without a browser they are skipped, and the name says why. */
export function describePages(name: string, tests: () => void): void {
  if (browserPath !== undefined) describe(name, tests)
  else describe.skip(`${name} (skipped: no Chromium; e2e/install-chromium.sh installs it)`, tests)
}

/** Starts the browser for a group of tests. */
export function startBrowser(): Promise<Browser> {
  // In a container root has no user namespaces for the sandbox; what is opened are pages of our own making.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: browserPath ?? '', args, timeout: longest })
}

/** A page that remembers what a page must not do: complain on the console, ask the network, open dialogs. */
export interface WatchedPage {
  page: Page
  /** Console errors, exceptions and dialogs. */
  complaints: string[]
  /** Addresses it asked for; those of pictures inside the page are not among them. */
  requests: string[]
}

export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
  beforehand: (page: Page) => Promise<void> = async () => {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(longest)
  const page = await context.newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requests.push(request.url())
  })
  await beforehand(page)
  await page.goto(address)
  return { page, complaints, requests }
}

/** What axe finds against accessibility, in a line for each place. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
  // Where each place that is in order can be found would take most of the time.
  const options = JSON.stringify({ resultTypes: ['violations'], selectors: false })
  const found = (await page.evaluate(`axe.run(document, ${options})`)) as {
    violations: { id: string; help: string; nodes: { html: string }[] }[]
  }
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 150)}`),
  )
}

/** By how many pixels a page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return (await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')) as number
}
