import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closingLine, jestCounts, junitCounts, lineCounts, sum } from './report-counts'

const written = (name: string, text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'blacksmith-counts-')), name)
  writeFileSync(file, text)
  return file
}

test('a jest file that could not be run counts as a failure', () => {
  const file = written(
    'jest.json',
    JSON.stringify({
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 0,
      numRuntimeErrorTestSuites: 1,
    }),
  )
  expect(jestCounts(file)).toEqual({ passed: 3, failed: 2, skipped: 2 })
})

test('an error in a pytest fixture or at collection counts as a failure', () => {
  const file = written(
    'junit.xml',
    '<?xml version="1.0"?><testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10">',
  )
  expect(junitCounts(file)).toEqual({ passed: 4, failed: 3, skipped: 3 })
})

test('the last counting line of a test program is the one that counts', () => {
  expect(lineCounts('1 passed, 0 failed\nmore\n7 passed, 2 failed\n')).toEqual({
    passed: 7,
    failed: 2,
    skipped: 0,
  })
})

test('a test program that ends without its line is not taken for a success', () => {
  expect(lineCounts('Segmentation fault')).toBeUndefined()
})

test('the closing line names skipped tests only where there are some', () => {
  expect(closingLine(sum([{ passed: 1, failed: 0, skipped: 0 }]))).toBe('1 passed, 0 failed')
  expect(closingLine({ passed: 1, failed: 0, skipped: 4 })).toBe('1 passed, 0 failed, 4 skipped')
})
