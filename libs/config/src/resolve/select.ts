import type { Json } from '../json/canonical-json'
import type { Role } from '../structure/role'
import { type JsonObject, leaves, type ResolvedConfig } from './resolved-config'

/**
 * The part of a config that a target sees: the leaves of `sections` whose role is not in `without`, nested as
 * in the config. A section that the experiment does not have is left out.
 */
export function select(config: ResolvedConfig, sections: readonly string[], without: readonly Role[]): Json {
  const selected: JsonObject = {}
  const values = config.values as unknown as Record<string, JsonObject | undefined>
  for (const section of sections) {
    const value = values[section]
    if (value === undefined) continue
    selected[section] = {}
    for (const [path, leaf] of leaves(value, [section])) {
      const role = config.roles[path.join('.')] ?? 'result'
      if (!without.includes(role)) put(selected, path, leaf)
    }
  }
  return selected
}

function put(target: JsonObject, path: readonly string[], leaf: Json): void {
  let at = target
  for (const step of path.slice(0, -1)) {
    at[step] ??= {}
    at = at[step] as JsonObject
  }
  at[path[path.length - 1] as string] = structuredClone(leaf)
}
