export { ensureEnvironment, inspectEnvironment } from './ensure-environment'
export type { Environment } from './environment'
export { ownBytecode } from './given-bytecode'
export { importedFrom, touchedSince } from './in-use'
