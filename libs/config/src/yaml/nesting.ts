import { Lexer, Parser } from 'yaml'

/** More levels than any configuration has. */
const LIMIT = 100

/**
 * Where a YAML text goes deeper than a hundred levels; undefined where it does not. The library calls itself for each
 * level, and a full stack can end the whole process: V8 gives up where a regular expression is compiled on the last of
 * it.
 */
export function tooDeepAt(text: string): number | undefined {
  if (!mayBeDeep(text)) return undefined
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    // What it finds is not asked for; running it to the end is what moves it on.
    for (const _ of parser.next(lexeme));
    // A document and a value are there at the least.
    if (parser.stack.length > LIMIT + 2) return parser.offset
  }
  return undefined
}

/** Each level is opened by one of these characters, and most files have fewer of them in all. */
function mayBeDeep(text: string): boolean {
  let opened = 0
  for (let at = 0; at < text.length; at++) {
    if ('[{-?:'.includes(text.charAt(at)) && ++opened > LIMIT) return true
  }
  return false
}
