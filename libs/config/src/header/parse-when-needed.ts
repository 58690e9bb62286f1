import type { Source } from '../yaml/read-text'
import type { Tree } from '../yaml/tree'

/** {@link import('../yaml/parse-yaml').parseYaml}, loaded when it is needed: most graphs know all headers already. */
export function parseYaml(source: Source): Tree | undefined {
  const { parseYaml: parse } = require('../yaml/parse-yaml') as typeof import('../yaml/parse-yaml')
  return parse(source)
}
