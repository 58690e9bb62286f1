/** A store that shares with other machines; import it as `@blacksmith/store/remotes`. */
export type { FoundRecord } from './src/remotes/pull'
export { trusted as trustedScope } from './src/remotes/remotes'
export { SharedStore } from './src/remotes/shared-store'
