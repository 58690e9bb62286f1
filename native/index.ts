export * from './addon'
export { exchange } from './exchange'
export { type FileLock, flock, type LockMode, lock, tryLock } from './file-lock'
export { loadAddon, NativeBuildMissing, supervisorProgram } from './load'
