import { type Html, html, type Value } from './html'

/** A column of an HTML table; numbers stand to the right, and sentences are given room on a narrow screen too. */
export interface HtmlColumn {
  heading: string
  number?: boolean
  sentences?: boolean
}

/** A row: its cells, and a class for the row where it stands out. The first cell is the row's heading. */
export interface HtmlRow {
  cells: Value[]
  class?: string | undefined
}

/**
 * A table that is scrolled sideways by itself where the screen is narrow; whoever uses a keyboard can reach it. The
 * caption says what it is to those who jump from table to table; where a heading says the same, only they get it.
 */
export function htmlTable(
  caption: string,
  columns: HtmlColumn[],
  rows: HtmlRow[],
  o: { captionSeen?: boolean } = {},
): Html {
  const cell = (value: Value, index: number) => {
    const { number, sentences } = columns[index] ?? {}
    const kind = number ? html` class="number"` : sentences ? html` class="sentence"` : ''
    return index === 0 ? html`<th scope="row"${kind}>${value}</th>` : html`<td${kind}>${value}</td>`
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption${o.captionSeen === false && html` class="unseen"`}>${caption}</caption>
<thead><tr>${columns.map(({ heading, number }) => html`<th scope="col"${number && html` class="number"`}>${heading}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr${row.class && html` class="${row.class}"`}>${row.cells.map(cell)}</tr>\n`)}</tbody></table></div>`
}
