/** How others make and move folders in a store, with the rights that it has; import it as `@blacksmith/store/folders`. */
export { accessOf, ensureFolder, ensureHome, notWritable } from './src/disk/access'
export { type Hold, lockInStore } from './src/disk/in-use'
export { takeAway } from './src/disk/move'
export { withRightsOf } from './src/disk/rights'
export { noteUse } from './src/runs/last-use'
export { lockOutput } from './src/sealing/materialize'
