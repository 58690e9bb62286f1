import { isOlder } from './age'

const day = 24 * 3600 * 1000

test('what was written before so many days is older, and 0 days are whatever is there', () => {
  expect(isOlder(1, 2, 2 * day + 2)).toBe(true)
  expect(isOlder(2, 2, 2 * day + 2)).toBe(false)
  // Of a server that counts whole seconds, and the last one up.
  expect(isOlder(1000, 0, 1)).toBe(true)
})
