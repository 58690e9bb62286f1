import type { Lines } from './lines'

const WIDTH = 100

/**
 * The line of a text that holds a mistake, with a caret under its column and the line before it for context.
 * `line` and `column` count from 1. Long lines are cut around the column.
 */
export function codeFrame(lines: Lines, line: number, column: number): string {
  const gutter = String(line).length
  const from = Math.max(0, column - 1 - WIDTH + 20)
  const shown = []
  const before = lines.line(line - 1)
  if (before?.trim()) shown.push(row(line - 1, gutter, window(before, from)))
  const offending = lines.line(line) ?? ''
  shown.push(row(line, gutter, window(offending, from)))
  // Tabs stay tabs, so that the caret stands below its column whatever their width is.
  const lead = offending.slice(from, column - 1).replace(/[^\t]/g, ' ')
  shown.push(`  ${' '.repeat(gutter)} | ${lead}^`)
  return shown.join('\n')
}

function row(number: number, gutter: number, text: string): string {
  return `  ${String(number).padStart(gutter)} | ${text}`.trimEnd()
}

function window(line: string, from: number): string {
  return line.slice(from, from + WIDTH)
}
