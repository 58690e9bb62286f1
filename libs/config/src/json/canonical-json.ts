export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * The one spelling of a JSON value: keys sorted by their UTF-16 units, no spaces, numbers as ECMAScript writes
 * them (RFC 8785). Equal values give equal text, so that digests over it can be compared.
 *
 * @throws TypeError for what JSON cannot hold: NaN, an infinity, undefined, a function, a class instance.
 */
export function canonicalJson(value: Json): string {
  return write(value, '')
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson(String(value), path)
    return JSON.stringify(value)
  }
  if (Array.isArray(value))
    return `[${Array.from(value, (item, i) => write(item, `${path}[${i}]`)).join(',')}]`
  if (typeof value !== 'object') throw notJson(typeof value, path)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notJson(value.constructor.name, path)
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${write(member, path === '' ? key : `${path}.${key}`)}`)
  return `{${members.join(',')}}`
}

function notJson(what: string, path: string): TypeError {
  return new TypeError(`${path === '' ? 'the value' : path} is ${what}, which JSON cannot hold`)
}
