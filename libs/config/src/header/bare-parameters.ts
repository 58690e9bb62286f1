import type { Problem } from '../errors/user-error'

const sections = ['dataset', 'model', 'training', 'evaluation', 'acceptance', 'parity']
const dotted = new RegExp(`^((?:${sections.join('|')})(?:\\.[^.=\\s]+)+)$`)

/**
 * The words of a command line that set a parameter without `--set`: `--training.epochs=3`, `training.epochs=3`.
 *
 * @param pathsOf the parameters that are meant by `epochs` alone; none by default
 */
export function bareParameters(
  argv: readonly string[],
  pathsOf: (name: string) => readonly string[] = () => [],
): Problem[] {
  return argv.flatMap((word, at) => {
    const { option, name, value } = split(word)
    if (takesParameter(argv[at - 1]) || (!option && value === undefined)) return []
    const paths = dotted.test(name) ? [name] : option ? pathsOf(name.replaceAll('-', '_')) : []
    if (paths.length === 0) return []
    const next = argv[at + 1]
    const meant = value ?? (next === undefined || next.startsWith('-') ? '<value>' : next)
    return [
      {
        flag: word,
        message: option ? 'is no flag: parameters are set by --set' : 'is a parameter without --set',
        remedy: `write ${paths.map((path) => `--set ${path}=${meant}`).join(', or ')}`,
      },
    ]
  })
}

/** Flags whose value is a parameter with its value, or with several. */
function takesParameter(flag: string | undefined): boolean {
  return flag === '--set' || flag === '--grid'
}

function split(word: string): { option: boolean; name: string; value: string | undefined } {
  const [, dashes = '', name = '', value] = /^(-{0,2})([^=]*)(?:=(.*))?$/s.exec(word) ?? []
  return { option: dashes === '--', name, value }
}
