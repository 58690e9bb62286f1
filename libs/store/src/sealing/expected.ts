import type { FileEntry } from '../artifact/manifest'

/** What came from elsewhere is not what was promised. */
export class UnexpectedBytes extends Error {
  constructor(readonly path: string) {
    super(`${path} has other bytes than its record says`)
  }
}

/** @throws UnexpectedBytes for the first file that is not as promised, is missing or is one too many */
export function refuseUnexpected(expected: readonly FileEntry[], found: readonly FileEntry[]): void {
  const promised = new Map(expected.map((entry) => [entry.path, entry]))
  for (const { path, bytes, sha256 } of found) {
    const entry = promised.get(path)
    if (entry?.bytes !== bytes || entry.sha256 !== sha256) throw new UnexpectedBytes(path)
    promised.delete(path)
  }
  const [missing] = promised.keys()
  if (missing !== undefined) throw new UnexpectedBytes(missing)
}
