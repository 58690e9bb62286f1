import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { UserError } from '@blacksmith/config/header'

export interface Options {
  list: boolean
  all: boolean
  base?: string
  configuration?: string
  device?: string
  threads?: string
  'base-results'?: string
  out: string
}

/** @throws UserError for a flag that there is not, and for one whose value is empty */
export function parseOptions(args: string[]): Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  let options: Options
  try {
    const { values } = parseArgs({
      args,
      options: {
        list: flag,
        all: flag,
        base: text,
        configuration: { ...text, short: 'c' },
        device: text,
        threads: text,
        'base-results': text,
        out: { ...text, default: join('reports', 'affected') },
      },
    })
    options = values as Options
  } catch (error) {
    throw new UserError({ message: (error as Error).message, remedy: 'see docs/ci.md for the flags' })
  }
  refuseEmpty(options)
  return options
}

/** An empty value comes from a variable that a script did not set. Without a base, everything is trained. */
function refuseEmpty(options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === 'base' || value !== '') continue
    throw new UserError({
      flag: `--${name}`,
      message: 'is empty',
      remedy: 'give it a value, or leave the flag out',
    })
  }
}
