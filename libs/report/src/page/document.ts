import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Html, html, type Value } from './html'

/** What a whole page consists of. */
export interface PageParts {
  title: string
  /** Links to the sections, by their ids. */
  sections: { id: string; title: string }[]
  body: Value
}

/**
 * A whole page in one file. Its content security policy names the one script and the one style by their digests
 * and allows no address at all, so that even a hole in the escaping could neither run nor fetch anything.
 */
export function htmlDocument({ title, sections, body }: PageParts): string {
  const { style, script } = assets()
  const policy = `default-src 'none'; img-src data:; style-src '${digest(style)}'; script-src '${digest(script)}'; base-uri 'none'; form-action 'none'`
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

let cached: { style: string; script: string } | undefined

/** The page's style and script, from the files that stand beside this one. */
function assets(): { style: string; script: string } {
  const read = (name: string) => readFileSync(join(__dirname, name), 'utf8')
  cached ??= {
    style: read('page.css'),
    // Each file is a module of its own in Node; in the page they share one function.
    script: `(() => {\nconst module = {}\n${read('chart.js')}\n${read('page.js')}\n})()`,
  }
  return cached
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
