import stringWidth from 'string-width'

/** Columns that a terminal needs for printable text; wide characters take two. */
export function displayWidth(text: string): number {
  return isAscii(text) ? text.length : stringWidth(text)
}

/** The text cut to `columns`, with an ellipsis where something was cut; never in the middle of a character. */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return ''
  // A megabyte on one line must not be segmented: text of ordinary characters never needs more than this.
  const candidate = text.length > columns * 16 ? text.slice(0, columns * 16) : text
  if (candidate === text && displayWidth(text) <= columns) return text
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
  let kept = ''
  let width = 0
  for (const { segment } of graphemes.segment(candidate)) {
    const next = displayWidth(segment)
    if (width + next > columns - 1) break
    kept += segment
    width += next
  }
  return `${kept}…`
}

/** Text padded with spaces to `columns`; text that is wider stays as it is. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, columns - displayWidth(text)))
  return align === 'left' ? text + spaces : spaces + text
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
