import fc from 'fast-check'
import { stepsToKeep } from './checkpoints'

const steps = (...numbers: number[]) => numbers.map((step) => ({ step }))

describe('retention of checkpoints', () => {
  it('keeps the last by step number, in whatever order they are listed', () => {
    expect(stepsToKeep(steps(300, 1000, 20), {})).toEqual([1000])
    expect(stepsToKeep([], { every: 10, best: 'higher' })).toEqual([])
  })

  it('keeps the first of every so many steps', () => {
    expect(stepsToKeep(steps(90, 110, 190, 210, 290, 310, 390), { every: 100 })).toEqual([
      90, 110, 210, 310, 390,
    ])
  })

  it('keeps the best by its score, the earlier of two that are equal, and never a NaN', () => {
    const scored = [
      { step: 1, score: 0.5 },
      { step: 2, score: 0.9 },
      { step: 3, score: 0.9 },
      { step: 4, score: Number.NaN },
      { step: 5 },
    ]
    expect(stepsToKeep(scored, { best: 'higher' })).toEqual([2, 5])
    expect(stepsToKeep(scored, { best: 'lower' })).toEqual([1, 5])
    expect(stepsToKeep([{ step: 4, score: Number.NaN }, { step: 9 }], { best: 'lower' })).toEqual([9])
  })

  it('comes to the same whether checkpoints are dropped on the way or all at once', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(1000), { minLength: 1 }),
        fc.integer({ min: 1, max: 200 }),
        (all, every) => {
          const ordered = all.sort((a, b) => a - b)
          let kept: number[] = []
          for (const step of ordered) kept = stepsToKeep(steps(...kept, step), { every })
          expect(kept).toEqual(stepsToKeep(steps(...ordered), { every }))
        },
      ),
    )
  })
})
