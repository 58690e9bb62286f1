/** The store as runs and commands use it; what is done to it by hand is in `@blacksmith/store/upkeep`. */
export { type Artifact, readArtifact } from './artifact/artifact'
export { type FileEntry, type Manifest, manifestDigest } from './artifact/manifest'
export { type Provenance, type ProvenanceDraft, provenanceSchema } from './artifact/provenance'
export { type DownloadOptions, type DownloadSource, download } from './downloads/download'
export type { DownloadProgress } from './downloads/rate'
export { Layout, parsedFolder, storeHome } from './home'
export { digestTree } from './integrity/digest-tree'
export { IntegrityIndex } from './integrity/integrity-index'
export { linkedFiles } from './integrity/own-data'
export { type BrokenFile, verify } from './integrity/verify'
export { type ComponentChange, diffComponents } from './key/diff-components'
export { type KeyComponents, keyOf, runId, type Target, targets } from './key/key'
export type { RunIdentity } from './latest'
export type { Labels } from './runs/labels'
export { findRun, labelRun, listRuns, type RunFilter, type StoredRun } from './runs/runs'
export { type Fetched, fetchSource } from './sources/fetch-source'
export { readSources } from './sources/read-sources'
export { selectSources } from './sources/select-sources'
export {
  isRemote,
  type PackageFile,
  type RemoteFile,
  type SourceFile,
  type SourceGroup,
} from './sources/source'
export { type HeldArtifact, Store, type Warn } from './store'
