/**
 * Puts values of `--set` together again. Nx splits a list option that is given once at its commas, so that
 * `--set a=[1,2]` arrives as `a=[1` and `2]`; given twice, nothing is split. An entry whose bracket or quote is
 * still open takes those after it until it is closed; when none closes it, all stay as they are.
 *
 * Text with a comma outside of brackets and quotes cannot be told from two flags, and is not joined.
 */
export function joinFragments(entries: readonly unknown[]): string[] {
  // Nx makes numbers and booleans of fragments that look like them.
  const rest = entries.map(String)
  const joined: string[] = []
  while (rest.length > 0) {
    const take = fragmentsOf(rest)
    joined.push(rest.splice(0, take).join(','))
  }
  return joined
}

function fragmentsOf(entries: readonly string[]): number {
  let text = ''
  for (const [i, entry] of entries.entries()) {
    text = i === 0 ? entry : `${text},${entry}`
    if (!isOpen(text.slice(text.indexOf('=') + 1))) return i + 1
  }
  return 1
}

/** Whether a bracket or a quote of a flow value is not closed yet. */
function isOpen(value: string): boolean {
  let depth = 0
  let quote: string | undefined
  // A quote opens a text only where a value can begin: the apostrophe of `don't` does not.
  let mayBegin = true
  for (let i = 0; i < value.length; i++) {
    const letter = value.charAt(i)
    if (quote !== undefined) {
      if (letter === '\\' && quote === '"') i++
      else if (letter === quote) quote = undefined
      continue
    }
    if (mayBegin && (letter === '"' || letter === "'")) quote = letter
    if (letter === '[' || letter === '{') {
      // A value that does not begin with a bracket is plain text, whatever stands in it.
      if (depth === 0 && !mayBegin) return false
      depth++
    }
    if ((letter === ']' || letter === '}') && depth > 0) depth--
    mayBegin = letter === ' ' ? mayBegin : '[{,:'.includes(letter)
    if (depth === 0 && letter === ',') mayBegin = false
  }
  return depth > 0 || quote !== undefined
}
