/**
 * What an Nx plugin needs, without the structures: loading zod costs more than reading a hundred experiments.
 * Import it as `@blacksmith/config/header`.
 */
export { hint } from './src/errors/nearest'
export { formatUserError, isUserError, type Problem, UserError } from './src/errors/user-error'
export { hashFile } from './src/files/hash-file'
export { type Replacing, replaceFile, replaceFileSync } from './src/files/replace-file'
export { enclosingWorkspace } from './src/files/workspace-root'
export { bareParameters } from './src/header/bare-parameters'
export { type DeviceKind, deviceFacts, deviceKinds, deviceVariables } from './src/header/device-kinds'
export { experimentFile, experimentFolders } from './src/header/experiment-folders'
export type { Header } from './src/header/header'
export { ownDataPaths } from './src/header/own-data-paths'
export { type Placement, type PlacementFlags, place, placementOf, preferredKind } from './src/header/place'
export { readHeader } from './src/header/read-header'
export { canonicalJson, type Json } from './src/json/canonical-json'
export { askStoreVariable, isFresh, nxCacheIsOff } from './src/nx-cache'
export { refuseBadSettings, setting, type VariableName } from './src/settings/setting'
export { internalSettings, type Setting, settings } from './src/settings/settings'
export { sweepNames, sweepsFolder } from './src/sweep/sweep-names'
export { readVersion, versionFileIn } from './src/version'
export {
  datasetFolder,
  isInstalled,
  type LibraryFolder,
  type PythonPackage,
  type WorkspaceLayout,
  workspaceLayout,
} from './src/workspace/layout'
export { type NamedRemote, namedRemote } from './src/workspace/named-remote'
export { type PluginOptions, pluginName, pluginOptionsJsonSchema } from './src/workspace/options'
export { readRegularFile } from './src/yaml/regular-file'
