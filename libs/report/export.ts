/** Runs for other tools' eyes. Import it as `@blacksmith/report/export`. */
export { writeTensorBoard } from './src/tensorboard/write-tensorboard'
export { exportToWandb } from './src/wandb/export-to-wandb'
