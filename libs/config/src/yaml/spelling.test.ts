import fc from 'fast-check'
import type { Kind } from './kind'
import { parseYaml } from './parse-yaml'
import { ambiguity, meantBoolean, meantNumber, respell } from './spelling'
import type { Scalar } from './tree'

function scalar(text: string): Scalar {
  const tree = parseYaml({ file: 'f.yaml', text })
  if (tree?.kind !== 'scalar') throw new TypeError(`${text} is no scalar`)
  return tree
}

test.each([
  ['1_000', '1000'],
  ['1_000.5', '1000.5'],
  ['-1_000', '-1000'],
  ['1,000', '1000'],
  ['1,000,000', '1000000'],
  ['0,5', '0.5'],
  ["1'000", '1000'],
  ['1 000', '1000'],
  ['0b11', '3'],
  ['0xFF_FF', '65535'],
  ['-0x10', '-16'],
  ['1_0e-3', '10e-3'],
  ['007', '7'],
])('%s is meant as the number %s', (text, number) => {
  expect(meantNumber(text)).toBe(number)
})

test.each(['abc', '1.2.3', '1e', 'e5', '', '-', '.', '12px', '10%', '0x', '1__0', '1:30', 'inf'])(
  '%s is not meant as a number',
  (text) => {
    expect(meantNumber(text)).toBeUndefined()
  },
)

test('a suggested spelling is read by YAML as the number that was meant', () => {
  const grouped = fc
    .integer({ min: 1000, max: 10 ** 12 })
    .map((n) => [n, n.toLocaleString('en').replaceAll(',', '_')] as const)
  fc.assert(
    fc.property(grouped, ([number, spelling]) => {
      expect(scalar(spelling).value).toBe(spelling)
      expect(scalar(meantNumber(spelling) ?? '').value).toBe(number)
    }),
  )
})

test('any number is read back from the spelling that ECMAScript, YAML and Python give it', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
  const spellings = (n: number) => [
    String(n),
    n.toExponential(),
    JSON.stringify(n),
    n.toExponential().toUpperCase(),
  ]
  fc.assert(
    fc.property(finite, (number) => {
      for (const spelling of spellings(number)) {
        // A whole number beyond 2^53 is refused when it is written out in full.
        if (/^-?\d+$/.test(spelling) && !Number.isSafeInteger(number)) continue
        expect(scalar(spelling).value).toBe(Number(spelling))
      }
    }),
  )
})

test('words of YAML 1.1 are meant as booleans', () => {
  expect(['yes', 'On', 'TRUE', 'y'].map(meantBoolean)).toEqual(['true', 'true', 'true', 'true'])
  expect(['no', 'OFF', 'False', 'f'].map(meantBoolean)).toEqual(['false', 'false', 'false', 'false'])
  expect(meantBoolean('maybe')).toBeUndefined()
})

describe('ambiguity', () => {
  const of = (text: string, ...kinds: Kind[]) => ambiguity(scalar(text), new Set(kinds))?.remedy

  test('is refused where a number or a boolean could stand as well as text', () => {
    expect(of('1_000', 'number', 'string')).toBe('write 1000, or "1_000" in quotes for the text')
    expect(of('yes', 'any')).toBe('write true, or "yes" in quotes for the text')
    expect(of('010', 'number')).toBe('write 10')
  })

  test('is none where only text can stand, or where quotes settle it', () => {
    expect(of('1_000', 'string')).toBeUndefined()
    expect(of('yes', 'string', 'number')).toBeUndefined()
    expect(of('"1_000"', 'any')).toBeUndefined()
    expect(of('y', 'any')).toBeUndefined()
    expect(of('0.5', 'number')).toBeUndefined()
    expect(of('0x10', 'number')).toBeUndefined()
    expect(of('0', 'number')).toBeUndefined()
  })
})

test.each<[string, Kind, string | undefined]>([
  ['None', 'null', 'write null'],
  ['"null"', 'null', undefined],
  ['1', 'boolean', 'write true'],
  ['True', 'string', 'write "True" in quotes'],
  ['~', 'string', 'write "~" in quotes'],
  ['abc', 'number', undefined],
])('%s where %s is due: %s', (text, kind, remedy) => {
  expect(respell(scalar(text), new Set([kind]))).toBe(
    kind === 'null' && text === '"null"' ? 'write null without quotes' : remedy,
  )
})
