import { canonicalJson, type Json } from '@blacksmith/config'

/** One component that differs; `undefined` where it is absent. */
export interface ComponentChange {
  /** Dotted, with keys that hold dots or spaces in brackets: `code["recipe.py"]`. */
  path: string
  from: Json | undefined
  to: Json | undefined
}

/** Every leaf that differs between two sets of components: the answer to "why did this run again?". */
export function diffComponents(before: Json, after: Json): ComponentChange[] {
  return diff('', before, after)
}

function diff(path: string, from: Json | undefined, to: Json | undefined): ComponentChange[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()
    return keys.flatMap((key) => diff(step(path, key), own(from, key), own(to, key)))
  }
  return same(from, to) ? [] : [{ path, from, to }]
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(object: { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function same(from: Json | undefined, to: Json | undefined): boolean {
  if (from === undefined || to === undefined) return from === to
  return canonicalJson(from) === canonicalJson(to)
}

function step(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}
