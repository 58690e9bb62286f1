import { readVersion } from './version'

test('the version is a whole number', () => {
  expect(Number.isSafeInteger(readVersion())).toBe(true)
  expect(readVersion()).toBeGreaterThanOrEqual(1)
})
