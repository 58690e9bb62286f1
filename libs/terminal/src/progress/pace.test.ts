import { Pace } from './pace'

test('the time left follows the speed of the last minute, not that of a slow start', () => {
  const pace = new Pace()
  pace.add(0, 0)
  pace.add(100, 0.01)
  for (let second = 101; second <= 200; second += 1) pace.add(second, 0.01 + (second - 100) * 0.005)
  expect(pace.secondsLeft()).toBeCloseTo((1 - 0.51) / 0.005, 0)
})

test('a run that resumes in the middle is not taken for a fast one', () => {
  const pace = new Pace()
  pace.add(0, 0.9)
  expect(pace.secondsLeft()).toBeUndefined()
  pace.add(10, 0.91)
  expect(pace.secondsLeft()).toBeCloseTo(90)
})

test('many steps in a moment need no memory and spoil no estimate', () => {
  const pace = new Pace()
  for (let i = 0; i <= 10_000; i += 1) pace.add(i / 1000, i / 20_000)
  expect(pace.secondsLeft()).toBeCloseTo(10, 0)
})

test('a clock that jumps back starts the estimate anew', () => {
  const pace = new Pace()
  pace.add(100, 0.1)
  pace.add(50, 0.2)
  expect(pace.secondsLeft()).toBeUndefined()
})
