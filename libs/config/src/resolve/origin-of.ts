import { type Entry, lineAndColumn } from '../yaml/tree'
import type { Origin } from './resolved-config'

/** Where a value was written; what nobody wrote is a default. */
export function originOf(entry: Entry | undefined): Origin {
  if (entry === undefined) return { source: 'default' }
  const { source } = entry.value.at
  if ('flag' in source) return { source: 'flag', flag: source.flag }
  return { source: 'file', file: source.file, line: lineAndColumn(entry.value.at).line }
}
