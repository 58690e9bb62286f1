/** How others make and move folders in a store, with the rights that it has; import it as `@blacksmith/store/folders`. */
export { accessOf, ensureFolder, ensureHome, notWritable } from './src/protocol/access'
export { type Hold, lockInStore } from './src/protocol/in-use'
export { takeAway } from './src/protocol/move'
export { lockPlace } from './src/protocol/place'
export { withRightsOf } from './src/protocol/rights'
export { noteUse } from './src/runs/last-use'
