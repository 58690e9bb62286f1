import { type Position, type Tree, treeAt } from '../yaml/tree'

/** Where `path` is written; for what is not written, the key of the innermost mapping that should hold it. */
export function positionOf(tree: Tree, path: readonly PropertyKey[], atKey = false): Position {
  const found = treeAt(tree, path)
  if (found !== undefined) return atKey || found.value.kind === 'mapping' ? found.key : found.value.at
  for (let length = path.length - 1; length > 0; length--) {
    const enclosing = treeAt(tree, path.slice(0, length))
    if (enclosing !== undefined) return enclosing.key
  }
  return tree.at
}
