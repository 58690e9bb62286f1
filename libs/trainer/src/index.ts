export type { TrainerFailure, TrainerOutcome } from './process/outcome'
export { requestPath, runTrainer, type TrainerOptions } from './process/run-trainer'
export { trainerVariables } from './process/trainer-variables'
