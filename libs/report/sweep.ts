/** The page of a sweep. Import it as `@blacksmith/report/sweep`. */
export type { ReportedSweep, ReportedTrial } from './src/sweep/reported-sweep'
export { sweepPage } from './src/sweep/sweep-page'
