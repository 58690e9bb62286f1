import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { formatUserError, UserError } from '../errors/user-error'

const library = join(__dirname, '..', 'index')

/** A workspace in a temporary folder with these files, by path; `@blacksmith/config` can be imported in them. */
export function makeWorkspace(files: Record<string, string | Buffer>): string {
  const root = mkdtempSync(join(tmpdir(), 'blacksmith-config-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    const text =
      typeof content === 'string' ? content.replace("'@blacksmith/config'", `'${library}'`) : content
    writeFileSync(join(root, path), text)
  }
  return root
}

/** The UserError that `act` ends in, as people see it. */
export async function refusal(act: () => unknown): Promise<string> {
  try {
    await act()
  } catch (error) {
    if (error instanceof UserError) return formatUserError(error)
    throw error
  }
  throw new Error('nothing was refused')
}

/** A refusal without its code frames: for each problem `what is wrong  what to do`. */
export async function refusals(act: () => unknown): Promise<string[]> {
  return withoutFrames(await refusal(act))
}

/** The same of a text. */
export function withoutFrames(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^\s*\d* \|/.test(line))
  return lines.join('\n').replaceAll('\n  ', '  ').split('\n')
}
