export { type AcceptanceRow, acceptanceRows, formatAcceptance, type Results, verdictText } from './acceptance'
export { type Comparison, compareRuns, type DifferenceRow, type MetricRow } from './compare/compare-runs'
export { type ComparedRun, readComparedRun } from './compare/compared-run'
export { formatComparison } from './compare/format-comparison'
export { groupRepeats, type Repeats } from './compare/repeats'
export { type Spread, spreadOf } from './compare/statistics'
export { comparisonPage, writeComparison } from './compare/write-comparison'
export {
  createLiveRecord,
  type Dashboard,
  type DashboardOptions,
  type FactsProvider,
  type LiveRun,
  type LiveRunView,
  readLiveRuns,
  startDashboard,
} from './dashboard'
export { type Failure, formatFailure } from './failure'
export { formatParity } from './parity/format-parity'
export { checkParity, type Parity, type ParityRow, refuseNoTolerance } from './parity/parity'
export { followTelemetry } from './progress/follow-telemetry'
export { createProgress, type Progress, type ProgressOptions } from './progress/progress'
export type { ProgressEvent } from './progress/state'
export type { Origin, ReportConfig } from './report/config-section'
export {
  type ReportInputs,
  renderReport,
  reportFileName,
  type WrittenReport,
  writeReport,
} from './report/write-report'
export type { RunProvenance } from './run/provenance'
export { type Run, readRun } from './run/read-run'
export {
  type FollowedRun,
  followOnTensorBoard,
  type TensorBoardFollower,
} from './tensorboard/follow-tensorboard'
export { writeTensorBoard } from './tensorboard/write-tensorboard'
export { plainLine, plainLines } from './text/plain'
export { type Column, textTable } from './text/table'
export {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatRate,
  formatThreads,
} from './text/units'
export { displayWidth, truncate } from './text/width'
export { exportToWandb, type WandbOptions } from './wandb/export-to-wandb'
