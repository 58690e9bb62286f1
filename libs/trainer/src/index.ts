export type { TrainerFailure, TrainerOutcome } from './outcome'
export { requestPath, runTrainer } from './run-trainer'
export type { TrainerOptions } from './trainer-options'
export { trainerVariables } from './trainer-variables'
