import { type Position, type Tree, treeAt } from '../yaml/tree'

/**
 * What to do about a key such as `b:1`, which `{b:1}` holds in YAML, without a value. Undefined for other keys.
 *
 * @param place where the key stands
 */
export function spacedColon(
  tree: Tree,
  path: readonly PropertyKey[],
  { source }: Position,
): string | undefined {
  const [, key, value] = /^([^:]+):(.+)$/.exec(String(path.at(-1) ?? '')) ?? []
  const written = treeAt(tree, path)?.value
  if (key === undefined || written?.kind !== 'scalar' || written.plain !== '') return undefined
  const remedy = `write a space after the colon: ${key}: ${value}`
  if (!('flag' in source)) return remedy
  const spaced = source.text.replace(/(?<=[{,]\s*[^\s{},:]+):(?=[^\s:])/g, ': ')
  return `write a space after the colon, in quotes for the shell: --set '${spaced}'`
}
