import fc from 'fast-check'
import { canonicalJson, type Json } from './canonical-json'

const json = fc.jsonValue({ noUnicodeString: false } as object) as fc.Arbitrary<Json>

function shuffled(value: Json): Json {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

test('keys are sorted at every depth, without spaces', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: 1e-7, B: true })).toBe(
    '{"B":true,"a":1e-7,"b":[1,{"c":"x","d":null}]}',
  )
})

test('the order of keys does not matter', () => {
  fc.assert(fc.property(json, (value) => canonicalJson(shuffled(value)) === canonicalJson(value)))
})

test('it reads back as the same value', () => {
  const zeroes = (value: Json) => JSON.parse(JSON.stringify(value))
  fc.assert(fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(zeroes(value))))
})

test('different values are spelled differently', () => {
  const differ = (a: Json, b: Json) =>
    (canonicalJson(a) === canonicalJson(b)) === (JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)))
  const sorted = (value: Json): unknown =>
    Array.isArray(value)
      ? ['list', ...value.map(sorted)]
      : typeof value === 'object' && value !== null
        ? Object.keys(value)
            .sort()
            .map((key) => [key, sorted(value[key] as Json)])
        : value
  fc.assert(fc.property(json, json, differ))
})

test.each([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['undefined', undefined],
  ['Date', new Date(0)],
  ['Map', new Map()],
  ['bigint', 1n],
  ['function', () => 1],
])('%s is refused with its path', (what, value) => {
  const act = () => canonicalJson({ a: [{ b: value }] } as unknown as Json)
  expect(act).toThrow(`a[0].b is ${what}, which JSON cannot hold`)
})

test('a hole in a list is refused', () => {
  expect(() => canonicalJson(new Array(1) as Json)).toThrow(TypeError)
})
