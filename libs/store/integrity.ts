/**
 * What says whether files are what they were. Import it as `@blacksmith/store/integrity`: an Nx plugin, which is
 * loaded at each command, needs none of the rest.
 */
export { digestTree } from './src/integrity/digest-tree'
export { flushMappings } from './src/integrity/flush-mappings'
export { IntegrityIndex } from './src/integrity/integrity-index'
export { ownFiles } from './src/integrity/own-data'
export { sha256, type Target, targets } from './src/key/key'
