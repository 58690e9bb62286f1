export { createLiveRecord, type LiveRun } from './live/live-record'
export { type LiveRunView, readLiveRuns } from './live/live-runs'
export { type Dashboard, type DashboardOptions, startDashboard } from './server/start-dashboard'
export type { FactsProvider } from './server/watch'
