/** What tests of other packages need to try a store as several users and on several disks. */
export { compiledFor, runChild } from './src/testing/child'
export { sealed, temporaryFolders } from './src/testing/fixtures'
export * from './src/testing/machine'
