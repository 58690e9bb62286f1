/**
 * One scope of a store that machines share: blobs by their SHA-256, and a record for each key that names its blobs.
 * Whatever it gives back is not believed: readers check it. Errors of disks and networks are an Unusable, or have a
 * `syscall`.
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
  /** Those of the blobs that are not there, or have another length. Their bytes are not looked at. */
  missing(blobs: readonly Blob[]): Promise<readonly Blob[]>
  /**
   * Hands over a blob's bytes in order, a piece at a time, and no more than its length.
   *
   * @throws RemoteFault where it is not there, or has another length
   */
  getBlob(blob: Blob, take: (piece: Uint8Array) => Promise<void>, o: Reading): Promise<void>
  /**
   * Sends a file: under the blob's name it is whole or not there. It takes the place of what stands there.
   *
   * @throws LocalFault where the file's bytes are not those of the blob
   */
  putBlob(blob: Blob, file: string, o: Transfer): Promise<void>
  /**
   * The keys of all records, in no order, with when they were written (ms since the epoch).
   *
   * @throws Unlistable
   */
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
  /** Told of each piece that has come or gone; of fewer than none where some must go once more. */
  onBytes?: ((bytes: number) => void) | undefined
}

/** How one blob comes. */
export interface Reading extends Transfer {
  /** How many of its bytes are here already, and do not come; 0 by default. */
  from?: number | undefined
}

/** What a remote holds is not what it should be: for a reader it is not there. */
export class RemoteFault extends Error {}

/** A remote cannot be used now, or not by us. The message completes a sentence that begins with what it is called. */
export class Unusable extends Error {}

/** A remote does not take what we send; it may still be read. */
export class Refused extends Unusable {}

/** A remote cannot say what it holds. */
export class Unlistable extends Unusable {}

/** A file of this machine's store is not what its manifest says. */
export class LocalFault extends Error {}
