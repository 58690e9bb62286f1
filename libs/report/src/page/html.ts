import { formatCount, plainLines } from '@blacksmith/text'

/** Markup that is safe to put into a page: only {@link html} and this module make it. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template: markup as it is, text escaped, lists one after the other, nothing for nothing. */
export type Value = Html | string | number | false | null | undefined | readonly Value[]

/** Nobody reads more of one value in a page than this; the files have it all. */
const longestText = 20_000

/** Markup from a template; whatever is put into it is text, unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  let text = strings[0] ?? ''
  values.forEach((value, index) => {
    text += rendered(value) + (strings[index + 1] ?? '')
  })
  return new Html(text)
}

/** Text made safe for element content and quoted attributes: no markup, no escape sequences, no control characters. */
export function escapeHtml(text: string): string {
  const cut = text.length > longestText
  const shown = cut ? text.slice(0, longestText) : text
  return (
    plainLines(shown)
      .join('\n')
      .replace(/\p{Surrogate}/gu, '\uFFFD')
      .replace(/[&<>"']/g, (character) => entities[character] ?? '') +
    (cut ? `… (${formatCount(text.length)} characters)` : '')
  )
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function rendered(value: Value): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(rendered).join('')
  return escapeHtml(String(value))
}
