import fc from 'fast-check'
import { joinFragments } from './join-fragments'

test.each([
  [['a=[1', '2]'], ['a=[1,2]']],
  [
    ['a=[1', 2, '3]', 'b=4'],
    ['a=[1,2,3]', 'b=4'],
  ],
  [['a=[[1', '2]', '[3', '4]]'], ['a=[[1,2],[3,4]]']],
  [['a={x: 1', ' y: [2', '3]}'], ['a={x: 1, y: [2,3]}']],
  [['a="x', 'y"'], ['a="x,y"']],
  [["a=['x", "y'", 'z]'], ["a=['x,y',z]"]],
  [['a=["]', '"', '1]'], ['a=["],",1]']],
  [['a="q\\"', 'r"'], ['a="q\\",r"']],
])('%j is put together', (entries, joined) => {
  expect(joinFragments(entries)).toEqual(joined)
})

test.each([
  [['a=1', 'b=2']],
  [['a=[1,2]', 'b=[3,4]']],
  [["a=don't", 'b=2', "c=won't"]],
  [['a=x[0', 'b=1]']],
  [['a=[1', 'b=2']],
  [['a=hello', 'world']],
  [['a=']],
  [[]],
])('%j stays as it is', (entries) => {
  expect(joinFragments(entries)).toEqual(entries)
})

test('any list and mapping comes back after a split at its commas', () => {
  const scalar = fc.oneof(
    fc.integer(),
    fc.string().filter((s) => !/[\uD800-\uDFFF]/.test(s)),
    fc.boolean(),
  )
  const value = fc.oneof(fc.array(scalar), fc.dictionary(fc.string(), fc.array(scalar)))
  fc.assert(
    fc.property(value, fc.integer(), (list, next) => {
      const flags = [`a.b=${JSON.stringify(list)}`, `c=${next}`]
      expect(joinFragments(flags.join(',').split(','))).toEqual(flags)
    }),
  )
})
