import { Document } from 'yaml'
import type { Header } from '../header/header'
import type { Json } from '../json/canonical-json'
import { isObject, type JsonObject } from '../resolve/resolved-config'
import { parseYaml } from '../yaml/parse-yaml'
import { readText } from '../yaml/read-text'
import { toJson } from '../yaml/tree'

/**
 * The text of an overlay that says the same as a configuration with some parameters set: copied into configs/, it is
 * what `-c` takes.
 *
 * @param set values by their parameters' paths
 * @param comment stands at its top, a line each
 */
export function overlayText(
  workspaceRoot: string,
  header: Header,
  configuration: string,
  set: Readonly<Record<string, Json>>,
  comment: readonly string[],
): string {
  const values = valuesOf(workspaceRoot, header, configuration)
  for (const [path, value] of Object.entries(set)) {
    const steps = path.split('.')
    const last = steps.pop() ?? ''
    let node: JsonObject = values
    for (const step of steps) {
      const below = node[step]
      const next: JsonObject = below !== undefined && isObject(below) ? below : {}
      node[step] = next
      node = next
    }
    node[last] = value
  }
  const document = new Document(values)
  document.commentBefore = comment.map((line) => ` ${line}`).join('\n')
  return document.toString({ lineWidth: 120, flowCollectionPadding: false })
}

function valuesOf(workspaceRoot: string, header: Header, configuration: string): JsonObject {
  if (configuration === 'default') return {}
  const tree = parseYaml(readText(workspaceRoot, `${header.directory}/configs/${configuration}.yaml`))
  const json = tree && toJson(tree)
  return json !== undefined && isObject(json) ? json : {}
}
