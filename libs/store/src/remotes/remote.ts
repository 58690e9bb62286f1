/**
 * One scope of a store that machines share: blobs by their SHA-256, and a record for each key that names its blobs.
 * Whatever it gives back is not believed: readers check it.
 */
export interface Remote {
  /** By which people know it. */
  readonly name: string
  /**
   * The text of a key's record; undefined where there is none.
   *
   * @throws RemoteFault where what stands there cannot be a record
   */
  readRecord(key: string): Promise<string | undefined>
  /**
   * Writes a record, whole or not at all, if there is none. The first one stays.
   *
   * @param o.replace in the place of one that is worth nothing
   */
  writeRecord(key: string, text: string, o: { replace: boolean }): Promise<void>
  /** Whether a blob of that length is there. Its bytes are not looked at. */
  hasBlob(blob: Blob): Promise<boolean>
  /**
   * Hands over a blob's bytes, a piece at a time, and no more than its length.
   *
   * @throws RemoteFault where it is not there, or has another length
   */
  getBlob(blob: Blob, take: (piece: Uint8Array) => Promise<void>, o: Transfer): Promise<void>
  /**
   * Sends a file: under the blob's name it is whole or not there. It takes the place of what stands there.
   *
   * @throws LocalFault where the file's bytes are not those of the blob
   */
  putBlob(blob: Blob, file: string, o: Transfer): Promise<void>
  /** The keys of all records, in no order, with when they were written (ms since the epoch). */
  records(): AsyncIterable<{ key: string; written: number }>
  /** All blobs, likewise. */
  blobs(): AsyncIterable<Blob & { written: number }>
  removeRecord(key: string): Promise<void>
  removeBlob(sha256: string): Promise<void>
}

/** Bytes, known by their digest. */
export interface Blob {
  /** In hex. */
  sha256: string
  bytes: number
}

/** How one blob comes or goes. */
export interface Transfer {
  signal?: AbortSignal | undefined
  /** Told of each piece that has come or gone. */
  onBytes?: ((bytes: number) => void) | undefined
}

/** What a remote holds is not what it should be: for a reader it is not there. */
export class RemoteFault extends Error {}

/** A file of this machine's store is not what its manifest says. */
export class LocalFault extends Error {}
