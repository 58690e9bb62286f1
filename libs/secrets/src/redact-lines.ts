import { cutMark } from '@blacksmith/text'
import { begunAtEnd } from './across-lines'
import { lettersOf } from './letters'
import { secretsOf } from './secret-value'
import { redactorOf, shortestPart } from './secrets'
import { endsInForm } from './token-forms'

/** Takes lines one by one. */
export interface LineRedactor {
  line(text: string): void
  /** Prints what is still held back. */
  end(): void
}

/**
 * Blanks secrets in lines as they come, where one goes on in the next line, too: a line that ends with the beginning of a
 * secret is held back until the next has come. All other lines are printed at once.
 */
export function lineRedactor(env: NodeJS.ProcessEnv, print: (line: string) => void): LineRedactor {
  const secrets = secretsOf(env)
  const redact = redactorOf(secrets)
  /** The last lines, as far as a secret may have begun in them; `printed` of them are printed. */
  let open: string[] = []
  let printed = 0
  const printRest = (text: string) => {
    for (const line of text.split('\n').slice(printed)) print(line)
    printed = open.length
  }
  return {
    line(text) {
      open.push(text)
      const clean = redact(open.join('\n'))
      const begun = begunAtEnd(clean, secrets)
      if (begun < shortestPart && !endsInForm(clean)) printRest(clean)
      // Only what was printed and holds none of it is not needed any more.
      while (printed > 0 && (begun === 0 || lettersOf(open.slice(1).join('')).length >= begun)) {
        open.shift()
        printed--
      }
    },
    end() {
      const cut = redact(open.join('\n') + cutMark)
      if (printed < open.length) printRest(cut.endsWith(cutMark) ? cut.slice(0, -cutMark.length) : cut)
      open = []
      printed = 0
    },
  }
}
