import { posix } from 'node:path'
import type { Problem } from '../errors/user-error'
import { respell } from '../yaml/spelling'
import { locate, type Mapping, type Position, type Tree } from '../yaml/tree'
import { governed } from './governed-variables'
import type { Header } from './header'

/** What an experiment may read beside its code and data: everything else is closed to its trainer. */
export type Declarations = Pick<Header, 'inputs' | 'variables' | 'network'>

/** The rules of `readDeclarations` as JSON Schema for editors, as far as it can say them. */
export const declarationsJsonSchema = {
  inputs: {
    type: 'array',
    items: {
      type: 'string',
      pattern: '^(?![/~]|!(?!\\()|[A-Za-z]:/)[^\\\\]*[^\\\\\\s][^\\\\]*$',
    },
    uniqueItems: true,
    description:
      'Files that it reads beside its code: globs relative to this folder, in the key by their content',
  },
  variables: {
    type: 'array',
    items: { type: 'string', pattern: '^(?!BLACKSMITH_)[A-Za-z_][A-Za-z0-9_]*$' },
    uniqueItems: true,
    description: 'Environment variables that it reads, in the key by their values',
  },
  network: { type: 'boolean', description: 'Whether its runs may use the network' },
}

/** Reads what an experiment.yaml declares; each mistake goes to `problems` and leaves a harmless value. */
export function readDeclarations(root: Mapping, problems: Problem[]): Declarations {
  const value = (key: string) => root.entries.get(key)?.value
  const report: Report = (at, field, message, remedy) =>
    problems.push({ ...locate(at), field, message, remedy })
  const folder = 'file' in root.at.source ? posix.dirname(root.at.source.file) : '.'
  const inputs = texts(value('inputs'), 'inputs', 'globs', 'inputs: [prompts/*.txt]', report)
  const variables = texts(value('variables'), 'variables', 'names', 'variables: [XLA_FLAGS]', report)
  return {
    inputs: once(inputs, 'inputs', (glob) => globProblem(glob, folder), posix.normalize, report),
    variables: once(variables, 'variables', variableProblem, (name) => name, report),
    network: network(value('network'), report),
  }
}

type Report = (at: Position, field: string, message: string, remedy: string) => void
type Words = readonly [message: string, remedy: string]

interface Text {
  text: string
  at: Position
}

/** The items of a list of texts; none where the key is absent. */
function texts(list: Tree | undefined, field: string, what: string, example: string, report: Report): Text[] {
  if (list === undefined) return []
  if (list.kind !== 'sequence') {
    report(list.at, field, `is not a list of ${what}`, `write a list: ${example}`)
    return []
  }
  return list.items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.value.trim() !== '')
      return [{ text: item.value, at: item.at }]
    const plain = item.kind === 'scalar' ? item.plain : undefined
    if (plain) report(item.at, field, `${plain} is not text`, `write it in quotes: "${plain}"`)
    else report(item.at, field, 'an item is not text', `write a list: ${example}`)
    return []
  })
}

/** Those in which nothing is wrong, each once. */
function once(
  items: readonly Text[],
  field: string,
  problemOf: (text: string) => Words | undefined,
  same: (text: string) => string,
  report: Report,
): string[] {
  const kept = new Map<string, string>()
  for (const { text, at } of items) {
    const words: Words | undefined =
      problemOf(text) ?? (kept.has(same(text)) ? [`${text} stands here twice`, 'remove one'] : undefined)
    if (words === undefined) kept.set(same(text), text)
    else report(at, field, ...words)
  }
  return [...kept.values()]
}

function globProblem(glob: string, folder: string): Words | undefined {
  const inside = `name it as seen from ${folder}, or give data as dataset.path`
  if (glob.includes('\\')) return [`${glob} holds a backslash`, `write ${glob.replaceAll('\\', '/')}`]
  // A name that cannot be shown cannot be mended.
  if (/\p{Cc}/u.test(glob)) return [`${JSON.stringify(glob)} holds a control character`, 'rename the file']
  if (/^(\/|[A-Za-z]:\/)/.test(glob)) return [`${glob} is an absolute path`, inside]
  if (glob.startsWith('~')) return [`${glob} lies elsewhere for everybody`, inside]
  if (/^!(?!\()/.test(glob)) return [`${glob} takes nothing away`, 'declare only what is read']
  if (!`${posix.join(folder, glob)}/`.startsWith('../')) return undefined
  return [
    `${glob} leads out of the workspace`,
    'copy what it means into the workspace, or give data as dataset.path',
  ]
}

function variableProblem(name: string): Words | undefined {
  if (name.includes('='))
    return [`${name} has a value`, `write its name: ${name.slice(0, name.indexOf('='))}`]
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return [`${name} is not the name of a variable`, 'use letters, digits and _, and no digit first']
  const why = governed(name)
  return why && [`${name} ${why.message}`, why.remedy]
}

function network(value: Tree | undefined, report: Report): boolean {
  if (value === undefined) return false
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value
  const shown = value.kind === 'scalar' ? (value.plain ?? JSON.stringify(value.value)) || 'empty' : 'no value'
  const meant = value.kind === 'scalar' ? respell(value, new Set(['boolean'])) : undefined
  report(value.at, 'network', `is ${shown}`, meant ?? 'write true or false')
  return false
}
