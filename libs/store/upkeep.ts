/**
 * What is done to a store by hand. Import it as `@blacksmith/store/upkeep`: an executor, which loads the package at each
 * run, needs none of it.
 */

export { exportRun } from './src/export-run'
export { collectGarbage, type GcReport } from './src/gc/collect-garbage'
export { listEnvironments, type StoredEnvironment } from './src/gc/environments'
export { planRemoval, type Removed, type RunRemoval, removeRuns } from './src/gc/remove-runs'
export {
  collectShared,
  pullRun,
  pushRun,
  verifyShared,
  type Withdrawal,
  withdrawRuns,
} from './src/remotes/by-hand'
export { makeKeys, signerOf } from './src/remotes/signing/keys'
export { verifyStore } from './src/runs/verify-store'
