import type { Json } from '@blacksmith/config'

const width = 110

/**
 * JSON as the workspace's formatter writes it: a list of plain values stands on one line where it fits.
 *
 * @param taken columns of the first line that are taken by what stands before and after the value
 */
export function printJson(value: Json, indent = '', taken = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  const comma = (at: number, of: { length: number }) => (at < of.length - 1 ? ',' : '')
  if (Array.isArray(value)) {
    const oneLine = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    const plain = value.every((item) => typeof item !== 'object' || item === null)
    if (value.length === 0 || (plain && taken + oneLine.length <= width)) return oneLine
    const lines = value.map((item, at) => `${inner}${printJson(item, inner)}${comma(at, value)}`)
    return `[\n${lines.join('\n')}\n${indent}]`
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  const lines = entries.map(([key, item], at) => {
    const [before, after] = [`${inner}${JSON.stringify(key)}: `, comma(at, entries)]
    return before + printJson(item, inner, before.length + after.length) + after
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}
