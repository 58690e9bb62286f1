/** A store that shares with other machines; import it as `@blacksmith/store/remotes`. */
export type { RemoteRecord } from './src/remotes/record'
export { SharedStore } from './src/remotes/shared-store'
