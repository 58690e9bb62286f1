import { readFileSync } from 'node:fs'

/** How many tests a runner's own report says it ran. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0 }

export function sum(counts: Counts[]): Counts {
  return counts.reduce(
    (total, next) => ({
      passed: total.passed + next.passed,
      failed: total.failed + next.failed,
      skipped: total.skipped + next.skipped,
    }),
    none,
  )
}

/** From the file that `jest --json --outputFile` writes; a test file that cannot be run counts as a failure. */
export function jestCounts(file: string): Counts {
  const report = JSON.parse(readFileSync(file, 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
    numTodoTests: number
    numRuntimeErrorTestSuites: number
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** From the JUnit file that `pytest --junitxml` writes; an error outside a test counts as a failure. */
export function junitCounts(file: string): Counts {
  const suite = readFileSync(file, 'utf8').match(/<testsuite [^>]*>/)?.[0]
  if (!suite) throw new Error(`${file} is no JUnit report`)
  const attribute = (name: string) => Number(suite.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0)
  const failed = attribute('failures') + attribute('errors')
  const skipped = attribute('skipped')
  return { passed: attribute('tests') - failed - skipped, failed, skipped }
}

/** From the last line of the form `N passed, N failed`, with which our C++ tests end; undefined without one. */
export function lineCounts(output: string): Counts | undefined {
  const match = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1)
  if (!match) return undefined
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) }
}

/** The closing line of the whole. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
