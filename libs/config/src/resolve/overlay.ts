import type { Entry, Mapping, Tree } from '../yaml/tree'

/** `base` with `top` laid over it: mappings are merged key by key, everything else is replaced as a whole. */
export function overlay(base: Mapping, top: Mapping): Mapping {
  const entries = new Map<string, Entry>(base.entries)
  for (const [key, entry] of top.entries) {
    const below = entries.get(key)
    entries.set(key, below === undefined ? entry : overlayEntry(below, entry))
  }
  return { ...base, entries }
}

function overlayEntry(below: Entry, above: Entry): Entry {
  const value: Tree = above.value
  if (below.value.kind !== 'mapping' || value.kind !== 'mapping') return above
  return { key: below.key, value: overlay(below.value, value) }
}
