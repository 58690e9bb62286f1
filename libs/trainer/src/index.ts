export { type Environment, ensureEnvironment, inspectEnvironment } from './environment/environment'
export {
  frameworkEnvironment,
  preparationEnvironment,
  requirementsFile,
} from './environment/environment-name'
export { ownBytecode } from './environment/given-bytecode'
export { importedFrom, touchedSince } from './environment/in-use'
export { isEvent, type KnownEvent, parseEvent, type TrainerEvent } from './events/events'
export {
  type FileImports,
  fileImports,
  type ImportClosure,
  type ImportedFile,
  importClosure,
} from './imports/closure'
export type { TrainerFailure, TrainerOutcome } from './process/outcome'
export type { TrainerRequest } from './process/request'
export { requestPath, runTrainer, type TrainerOptions } from './process/run-trainer'
export { looksRandom } from './process/secret-value'
export { redactJson, redactor } from './process/secrets'
export { trainerVariables } from './process/trainer-variables'
