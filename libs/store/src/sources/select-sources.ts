import { canonicalJson, type Json, UserError } from '@blacksmith/config'
import type { SourceFile, SourceGroup } from './source'

/**
 * The files that a config's `dataset` section asks for: those of every group whose `when` is part of it. None
 * where the data are generated.
 *
 * @throws UserError when two groups that are both asked for give one name to different files
 */
export function selectSources(groups: readonly SourceGroup[], dataset: Json): Record<string, SourceFile> {
  const selected: Record<string, SourceFile> = {}
  for (const group of groups.filter(({ when }) => isPart(when as Json, dataset))) {
    for (const [name, source] of Object.entries(group.files)) {
      const other = selected[name]
      if (other && other.sha256 !== source.sha256) {
        const message = `two different files are called ${name} for this data set`
        throw new UserError({
          file: source.listedIn,
          message,
          remedy: 'make their `when` exclude each other',
        })
      }
      selected[name] = source
    }
  }
  return selected
}

/** Whether everything in `part` is also in `whole`; an absent value is the same as null. */
function isPart(part: Json, whole: Json | undefined): boolean {
  if (part === null) return whole === null || whole === undefined
  if (whole === null || whole === undefined) return false
  if (isObject(part)) {
    return isObject(whole) && Object.entries(part).every(([name, value]) => isPart(value, whole[name]))
  }
  return canonicalJson(part) === canonicalJson(whole)
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
