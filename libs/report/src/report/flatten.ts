/** Deeper than any configuration; what is nested further is shown as JSON. */
const deepest = 12

/** The leaves of a tree of plain values by dotted path, in the order of the tree; lists of plain values are leaves. */
export function flatten(value: unknown, path = '', depth = 0): [path: string, leaf: unknown][] {
  const entries = childrenOf(value)
  if (entries === undefined || entries.length === 0 || depth === deepest) return [[path, value]]
  return entries.flatMap(([key, child]) => flatten(child, path === '' ? key : `${path}.${key}`, depth + 1))
}

/** A leaf in words: text as it is, everything else as JSON. */
export function leafText(leaf: unknown): string {
  return typeof leaf === 'string' && leaf !== '' ? leaf : (JSON.stringify(leaf) ?? 'absent')
}

function childrenOf(value: unknown): [string, unknown][] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return Object.entries(value)
  const plain = value.every((item) => typeof item !== 'object' || item === null)
  return plain ? undefined : value.map((item, index) => [String(index), item])
}
