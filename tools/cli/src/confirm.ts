import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { UserError } from '@blacksmith/config'

/** Where a person is asked. */
export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean }
  output: NodeJS.WritableStream & { isTTY?: boolean }
}

/**
 * Asks a person whether to go on; all but a yes is a no.
 *
 * @throws UserError when there is no terminal to ask on
 */
export async function confirm(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stdout },
): Promise<boolean> {
  if (!input.isTTY || !output.isTTY) {
    throw new UserError({
      message: `${question} There is no terminal to ask on`,
      remedy: 'add --yes to go on without being asked',
    })
  }
  const asked = createInterface({ input, output })
  const ended = once(asked, 'close').then(() => '')
  const answer = await Promise.race([asked.question(`${question} [y/N] `).catch(interrupted), ended])
  asked.close()
  return /^y(es)?$/i.test(answer.trim())
}

/** Ctrl-C is a no. */
function interrupted(error: Error & { code?: string }): string {
  if (error.code !== 'ABORT_ERR') throw error
  return ''
}
