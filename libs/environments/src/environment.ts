/** An interpreter with what is installed for it; both are part of the keys of what it computes. */
export interface Environment {
  name: string
  /** Path of the interpreter. */
  python: string
  pythonVersion: string
  /** Name → version with its local label: `torch: 2.13.0+cpu`. */
  packages: Record<string, string>
  /** The digest of all that a given interpreter imports from; one that was made is what its packages say. */
  content?: string
}
