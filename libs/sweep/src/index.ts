export { evaluateBest } from './finish-sweep'
export { noteSweep, sweepRecord } from './results/record'
export { resultsFolder, writeResults } from './results/write-results'
export { runSweep, type SweepOutcome, type SweepRequest } from './run-sweep'
