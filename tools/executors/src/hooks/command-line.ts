import { parseArgs } from 'node:util'

/** What our hooks look at in a command line of nx. */
export interface CommandLine {
  /** The experiments that it names; undefined where it leaves open which: any of them may run. */
  projects: string[] | undefined
  /** Names of targets; empty where a single task is named. */
  targets: string[]
  configuration: string | undefined
  /** Whether a flag is given that shapes results. */
  flagged: boolean
  /** Whether Nx is asked to leave its cache alone. */
  fresh: boolean
}

const text = { type: 'string' } as const
const list = { type: 'string', multiple: true } as const

/** Nx's own words for it, in the spellings that it takes as true. */
const freshFlag = /^--(skip-nx-cache|skipNxCache|disable-nx-cache|disableNxCache)(=true)?$/

/** Flags of nx whose value is a word of its own, which is then no name of a project. */
const otherFlags = Object.fromEntries(
  ['threads', 'devices', 'parallel', 'exclude', 'base', 'head', 'files', 'outputStyle', 'output-style'].map(
    (name) => [name, text],
  ),
)

/**
 * Reads `run project:target[:configuration]`, `target project`, `run-many` and `affected`. Nx reads its command
 * line itself, and hands a plugin no more than the words.
 *
 * @param argv the arguments of nx
 * @param experiments names of the experiments' projects
 */
export function readCommandLine(argv: readonly string[], experiments: ReadonlySet<string>): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    options: {
      ...otherFlags,
      configuration: { ...text, short: 'c' },
      projects: { ...list, short: 'p' },
      targets: { ...list, short: 't' },
      target: list,
      set: list,
      device: text,
    },
  })
  const words = positionals.map((word) => word.split(':'))
  const named = words.filter(([name = '']) => experiments.has(name))
  const asked = strings(values.projects).flatMap((names) => names.split(','))
  const open = asked.some((name) => !experiments.has(name)) || asked.length + named.length === 0
  return {
    projects: open ? undefined : [...asked, ...named.map(([name = '']) => name)],
    targets: [...strings(values.targets), ...strings(values.target), ...positionals].flatMap((names) =>
      names.split(','),
    ),
    configuration: strings(values.configuration)[0] ?? named.find((parts) => parts.length > 2)?.[2],
    // Behind a `--` too, and in the value of --args: Nx hands all of them to the executor.
    flagged: argv.some((word) => /(^|[\s="'])--(set|device|devices|threads)\b/.test(word)),
    // Behind a `--` it is a word for the executor.
    fresh: upToDashes(argv).some((word, index) => freshFlag.test(word) && argv[index + 1] !== 'false'),
  }
}

function upToDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end < 0 ? argv : argv.slice(0, end)
}

/** A flag without its value is `true`; nx complains about that itself. Of `-c=full` it takes what follows the `=`. */
function strings(value: string | boolean | (string | boolean)[] | undefined): string[] {
  const given = [value].flat().filter((each) => typeof each === 'string')
  return given.map((each) => each.replace(/^=/, ''))
}
