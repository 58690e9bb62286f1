import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Html, html, type Value } from './html'

/** What a whole page consists of. */
export interface PageParts {
  title: string
  /** Links to the sections, by their ids. */
  sections: { id: string; title: string }[]
  body: Value
  /** The files that the script of the page is made of: CommonJS modules, the one that is started last. */
  scripts?: string[]
  /** Files of style rules beside those that all pages have. */
  styles?: string[]
  /** Whether the script may ask the server that the page came from. */
  asksItsServer?: boolean
}

/** The path of a script or of style rules that pages have in common. */
export function pageAsset(name: string): string {
  return join(__dirname, name)
}

const reportScripts = ['chart.js', 'slider.js', 'live-chart.js', 'page.js'].map(pageAsset)

/**
 * A whole page in one file. Its content security policy names the one script and the one style by their digests
 * and allows no address at all, so that even a hole in the escaping could neither run nor fetch anything.
 */
export function htmlDocument({
  title,
  sections,
  body,
  scripts,
  styles = [],
  asksItsServer = false,
}: PageParts): string {
  const style = [pageAsset('page.css'), ...styles].map(asset).join('')
  const script = bundle(scripts ?? reportScripts)
  const policy = `default-src 'none'; img-src data:; style-src '${digest(style)}'; script-src '${digest(script)}'; connect-src ${asksItsServer ? "'self'" : "'none'"}; base-uri 'none'; form-action 'none'`
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${
  sections.length > 1 &&
  html`<nav aria-label="Sections"><ul>${sections.map((each) => html`<li><a href="#${each.id}">${each.title}</a></li>`)}</ul></nav>`
}
<main id="content" tabindex="-1">
${body}
</main>
<script>${new Html(script)}</script>
</body>
</html>
`
  return page.text
}

const assets = new Map<string, string>()

/** A file that ships inside pages, read once. */
function asset(path: string): string {
  const text = assets.get(path) ?? readFileSync(path, 'utf8')
  assets.set(path, text)
  return text
}

/**
 * One script from CommonJS modules, which is what they are when Node loads some of them too. Modules are known by the
 * names of their files alone.
 */
function bundle(paths: string[]): string {
  const modules = paths.map(
    (path) => `${JSON.stringify(basename(path))}: (module, require) => {\n${asset(path)}\n}`,
  )
  return `(() => {
const sources = {
${modules.join(',\n')}
}
const loaded = {}
const require = (path) => {
  const name = path.split('/').pop()
  if (!loaded[name]) {
    loaded[name] = { exports: {} }
    sources[name](loaded[name], require)
  }
  return loaded[name].exports
}
require(${JSON.stringify(basename(paths.at(-1) ?? ''))})
})()`
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
