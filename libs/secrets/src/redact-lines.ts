import { cutMark } from '@blacksmith/text'
import { begunAtEnd } from './across-lines'
import { lettersOf } from './letters'
import { secretsOf } from './secret-value'
import { redactorOf, shortestPart } from './secrets'
import { endsInForm } from './token-forms'

/** Takes lines one by one. */
export interface LineRedactor {
  line(text: string): void
  /** Tells what is still held back. */
  end(): void
}

/**
 * Blanks secrets in lines as they come, where one goes on in the next line, too: a line that ends with the beginning of a
 * secret is held back until the next has come. All other lines are told at once.
 */
export function lineRedactor(env: NodeJS.ProcessEnv, tell: (line: string) => void): LineRedactor {
  const secrets = secretsOf(env)
  const redact = redactorOf(secrets)
  /** The last lines, as far as a secret may have begun in them; `told` of them have been told. */
  let open: string[] = []
  let told = 0
  const tellRest = (text: string) => {
    for (const line of text.split('\n').slice(told)) tell(line)
    told = open.length
  }
  return {
    line(text) {
      open.push(text)
      const clean = redact(open.join('\n'))
      const begun = begunAtEnd(clean, secrets)
      if (begun < shortestPart && !endsInForm(clean)) tellRest(clean)
      // Only what was told and holds none of it is not needed any more.
      while (told > 0 && (begun === 0 || lettersOf(open.slice(1).join('')).length >= begun)) {
        open.shift()
        told--
      }
    },
    end() {
      const cut = redact(open.join('\n') + cutMark)
      if (told < open.length) tellRest(cut.endsWith(cutMark) ? cut.slice(0, -cutMark.length) : cut)
      open = []
      told = 0
    },
  }
}
