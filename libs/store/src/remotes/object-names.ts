/** By which names a scope's objects go, in a bucket or on a server as in a folder. */
export const blobsPrefix = 'blobs/'
export const recordsPrefix = 'records/'

export function blobName(sha256: string): string {
  return `${blobsPrefix}${sha256.slice(0, 2)}/${sha256}`
}

export function recordName(key: string): string {
  return `${recordsPrefix}${key}.json`
}

/** The digest in an object's name; undefined where something else goes by it. */
export function digestIn(name: string): string | undefined {
  const digest = /\/([0-9a-f]{64})(\.json)?$/.exec(`/${name}`)?.[1]
  return digest !== undefined && (name === blobName(digest) || name === recordName(digest))
    ? digest
    : undefined
}
