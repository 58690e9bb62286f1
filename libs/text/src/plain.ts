import { stripVTControlCharacters } from 'node:util'

/**
 * Control characters (C0, DEL, C1), marks that reorder text, and line separators: what a string from outside must not
 * bring to a terminal or a page.
 */
const unprintable = /[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** String-type escape sequences (OSC, DCS, PM, APC, SOS) with their payload; an unfinished one ends with its line. */
const escapeStrings =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
  /(?:\u001B[\]PX^_]|[\u0090\u0098\u009D\u009E\u009F])[^\u0007\u001B\u009C\n\r]*(?:\u0007|\u001B\\|\u009C)?/gu

/** Text from outside as one printable line: no escape sequences, no control characters, no line breaks. */
export function plainLine(text: string): string {
  return withoutEscapes(text).replace(unprintable, ' ').replace(/ {2,}/g, ' ').trim()
}

/** Text from outside with its lines kept (a traceback): no escape sequences; tabs become spaces. */
export function plainLines(text: string): string[] {
  return withoutEscapes(text)
    .split('\n')
    .map((line) => line.replace(/\t/g, '    ').replace(unprintable, '').trimEnd())
}

function withoutEscapes(text: string): string {
  return stripVTControlCharacters(text.replace(escapeStrings, '')).replace(/\r\n?/g, '\n')
}
