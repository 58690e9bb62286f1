/**
 * How else a secret may be written: in a URL, as a string of JSON or of Python, and in Base64, where a request tells
 * its headers. In Base64 only the letters that the secret alone decides are looked for, since others may go before it.
 */
export function spellings(secret: string): string[] {
  const inJson = asJson(secret)
  // Libraries differ in what else they leave as it is: `quote` of Python, `encodeURIComponent` of JavaScript.
  const inUrl = [/[\w.~-]/, /[\w.~/-]/, /[\w.~!'()*-]/].map((left) => percentEncoded(secret, left))
  const all = [
    ...inUrl.flatMap((text) => [text, text.replace(/%../g, (code) => code.toLowerCase())]),
    ...inUrl.map((text) => text.replaceAll('%20', '+')),
    ...[inJson, inJson.replaceAll('/', '\\/'), asciiJson(inJson), asJson(inJson)],
    ...[inPython(secret), inPython(inJson)],
    ...[0, 1, 2].flatMap((before) => inBase64(Buffer.from(secret), before)),
  ]
  return [...new Set(all)].filter((spelling) => spelling !== secret)
}

/** What of a text in Base64 is decided by `secret`, where so many bytes (modulo three) go before it. */
function inBase64(secret: Buffer, before: number): string[] {
  const text = Buffer.concat([Buffer.alloc(before), secret]).toString('base64')
  const decided = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + secret.length) * 8) / 6))
  return [decided, decided.replaceAll('+', '-').replaceAll('/', '_')]
}

function percentEncoded(text: string, left: RegExp): string {
  return [...Buffer.from(text)]
    .map((byte) => ({ letter: String.fromCharCode(byte), code: byte.toString(16).toUpperCase() }))
    .map(({ letter, code }) => (left.test(letter) ? letter : `%${code.padStart(2, '0')}`))
    .join('')
}

function asJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** As Python's json writes what is not ASCII. */
function asciiJson(inJson: string): string {
  return inJson.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** As `repr` does between single quotes. */
function inPython(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
}
