export { type Environment, ensureEnvironment, inspectEnvironment } from './environment'
export { ownBytecode } from './given-bytecode'
export { importedFrom, touchedSince } from './in-use'
