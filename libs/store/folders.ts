/** How others make folders in a store, with the rights that it has; import it as `@blacksmith/store/folders`. */
export { accessOf, ensureFolder, ensureHome } from './src/protocol/access'
export { type Hold, lockInStore } from './src/protocol/in-use'
