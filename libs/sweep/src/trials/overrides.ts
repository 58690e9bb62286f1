import type { Json } from '@blacksmith/config'
import type { Parameters } from '../sampler/sampler'

/** Parameters as `--set` takes them. */
export function overrides(parameters: Parameters): string[] {
  return Object.entries(parameters).map(([path, value]) => `${path}=${spelled(value)}`)
}

/** A word needs no quotes where it cannot be read as something else. */
export function spelled(value: Json): string {
  if (
    typeof value === 'string' &&
    /^[A-Za-z][\w-]*$/.test(value) &&
    !/^(true|false|null|yes|no|on|off)$/i.test(value)
  )
    return value
  return JSON.stringify(value)
}
