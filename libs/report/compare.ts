/**
 * Runs side by side. Import it as `@blacksmith/report/compare`: an executor, which loads the package at each run,
 * needs none of it.
 */
export { compareRuns } from './src/compare/compare-runs'
export { type ComparedRun, metricsOf, parametersOf, readComparedRun } from './src/compare/compared-run'
export { formatComparison } from './src/compare/format-comparison'
export { comparisonPage, writeComparison } from './src/compare/write-comparison'
export { formatParity } from './src/parity/format-parity'
export { checkParity, type Parity, refuseNoTolerance } from './src/parity/parity'
export { flatten, leafText } from './src/report/flatten'
