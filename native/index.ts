export { type FileLock, flock, type LockMode, lock, tryLock } from './file-lock'
