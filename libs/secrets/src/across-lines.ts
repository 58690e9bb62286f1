import { lettersOf } from './letters'
import type { Secret } from './secret-value'

/** Of fewer letters ordinary text has some by chance. */
const fewest = 8
/** So much of a text is looked at where a secret may have begun in it, borders and spaces included. */
const mostAround = 4000

/**
 * Blanks secrets that go on over the ends of lines, as where a trainer wraps what it prints: between borders, quotes or
 * the marks of a patch, too. So only letters and digits are compared. The text keeps its number of lines.
 *
 * @param secrets the longest first
 */
export function blankAcrossLines(text: string, secrets: readonly Secret[]): string {
  if (!text.includes('\n')) return text
  const flat = lettersOf(text)
  const there = secrets.filter(({ letters }) => letters.length >= fewest && flat.includes(letters))
  return there.reduce((rest, { letters, shown }) => blankWhereBroken(rest, letters, shown), text)
}

/** How many letters and digits of a secret's beginning, and no more of it, stand at a text's end. */
export function begunAtEnd(text: string, secrets: readonly Secret[]): number {
  const end = lettersOf(text.slice(-mostAround))
  const last = end.at(-1)
  return secrets.reduce((most, { letters }) => {
    let length = Math.min(letters.length - 1, end.length)
    const fits = () => letters[length - 1] === last && end.endsWith(letters.slice(0, length))
    while (length > most && !fits()) length--
    return Math.max(most, length)
  }, 0)
}

/** Blanks the last letters and digits of a text, and what stands between them. */
export function blankEnd(text: string, count: number, shown: string): string {
  const from = offsetsIn(text).at(-count)
  return from === undefined ? text : text.slice(0, from) + inEachLine(text.slice(from), shown)
}

function blankWhereBroken(text: string, letters: string, shown: string): string {
  const flat = lettersOf(text)
  let at = flat.indexOf(letters)
  const offsets = offsetsIn(text)
  let [blanked, end] = ['', 0]
  for (; at >= 0; at = flat.indexOf(letters, at + letters.length)) {
    const [from = 0, last = 0] = [offsets[at], offsets[at + letters.length - 1]]
    const piece = text.slice(from, last + 1)
    blanked += text.slice(end, from) + (piece.includes('\n') ? inEachLine(piece, shown) : piece)
    end = last + 1
  }
  return blanked + text.slice(end)
}

/** Where each letter and digit of a text stands. */
function offsetsIn(text: string): number[] {
  return [...text.matchAll(/[\p{L}\p{N}]/gu)].flatMap(({ 0: letter, index }) =>
    letter.length === 1 ? [index] : [index, index + 1],
  )
}

function inEachLine(text: string, shown: string): string {
  // A function, since `$` means something in a replacement text.
  return text.replace(/[\p{L}\p{N}](?:.*[\p{L}\p{N}])?/gu, () => shown)
}
