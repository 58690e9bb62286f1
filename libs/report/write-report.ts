/**
 * The page of a run. Import it as `@blacksmith/report/write-report`: a run needs it at its end, and loads it while its
 * trainer works.
 */
export { writeReport } from './src/report/write-report'
