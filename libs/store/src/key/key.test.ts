import { diffComponents } from './diff-components'
import { keyOf } from './key'

describe('a key', () => {
  it('does not depend on the order of the components', () => {
    const one = keyOf({ version: 1, target: 'train', data: 'd', parameters: { a: 1, b: [1, 2] } })
    const two = keyOf({ parameters: { b: [1, 2], a: 1 }, data: 'd', target: 'train', version: 1 })
    expect(one).toBe(two)
    expect(one).toMatch(/^[0-9a-f]{64}$/)
  })

  it('tells numbers from their spelling as text, and lists by their order', () => {
    const key = (value: never) => keyOf({ version: 1, target: 'train', value })
    expect(new Set([1, '1', [1, 2], [2, 1], null].map((value) => key(value as never))).size).toBe(5)
  })
})

describe('a difference between components', () => {
  it('names every leaf that changed, from what to what', () => {
    const before = {
      data: 'a',
      code: { 'recipe.py': '1', 'gone.py': '2' },
      parameters: { sizes: [1, 2], rate: 0.1 },
    }
    const after = {
      data: 'a',
      code: { 'recipe.py': '3', 'new.py': '4' },
      parameters: { sizes: [2, 1], rate: 0.1 },
    }
    expect(diffComponents(before, after)).toEqual([
      { path: 'code["gone.py"]', from: '2', to: undefined },
      { path: 'code["new.py"]', from: undefined, to: '4' },
      { path: 'code["recipe.py"]', from: '1', to: '3' },
      { path: 'parameters.sizes', from: [1, 2], to: [2, 1] },
    ])
  })

  it('is a change where an object becomes something else, and nothing where all is equal', () => {
    expect(diffComponents({ a: { b: 1 } }, { a: 1 })).toEqual([{ path: 'a', from: { b: 1 }, to: 1 }])
    expect(diffComponents({ constructor: 1 }, {})).toEqual([{ path: 'constructor', from: 1, to: undefined }])
    expect(diffComponents({ a: [{ b: 1 }] }, { a: [{ b: 1 }] })).toEqual([])
  })
})
