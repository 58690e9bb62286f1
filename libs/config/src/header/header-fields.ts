import { hint } from '../errors/nearest'
import type { Problem } from '../errors/user-error'
import { locate, type Mapping, type Position, type Tree } from '../yaml/tree'
import { type Declarations, declarationsJsonSchema, readDeclarations } from './declarations'
import { type DeviceKind, deviceKinds, kindNamed } from './device-kinds'
import { DEFAULT_THREADS, type Header } from './header'

export type HeaderFields = Pick<
  Header,
  'description' | 'dataset' | 'model' | 'devices' | 'threads' | 'maxDevices' | 'mesh'
> &
  Declarations

/** Keys of experiment.yaml that say what the experiment is; no overlay or flag changes them. */
export const headerKeys = [
  'description',
  'devices',
  'threads',
  'max_devices',
  'mesh',
  'inputs',
  'variables',
  'network',
] as const
/** Keys of experiment.yaml that hold parameters. */
export const sectionKeys = ['dataset', 'model', 'training', 'evaluation', 'acceptance', 'parity'] as const

const fileOrder = [
  'description',
  'dataset',
  'model',
  'devices',
  'threads',
  'max_devices',
  'mesh',
  'inputs',
  'variables',
  'network',
  'training',
  'evaluation',
  'acceptance',
  'parity',
]

/** The same rules as `readHeaderFields`, as JSON Schema for editors. */
export const headerJsonSchema = {
  description: { type: 'string', minLength: 1, description: 'What it trains, in one line' },
  devices: {
    type: 'array',
    items: { enum: [...deviceKinds] },
    minItems: 1,
    uniqueItems: true,
    description: 'Kinds of device it can run on; the first that the box has is used',
  },
  threads: {
    type: 'integer',
    minimum: 1,
    maximum: 1024,
    description: 'Threads on the host, of each process',
  },
  max_devices: { type: 'integer', minimum: 1, description: 'How many devices one training may use at most' },
  mesh: {
    type: 'boolean',
    description: 'Whether its recipe drives several devices from one process; else each has one of its own',
  },
  ...declarationsJsonSchema,
}

/** Reads the header out of an experiment.yaml; each mistake goes to `problems` and leaves a harmless value. */
export function readHeaderFields(root: Mapping, problems: Problem[]): HeaderFields {
  const read = new FieldReader(root, problems)
  read.refuseUnknownKeys()
  const maxDevices = read.count('max_devices', undefined)
  return {
    description: read.text(['description'], 'description: <what it trains, in one line>'),
    dataset: read.text(['dataset', 'name'], 'dataset: { name: <a folder of datasets> }'),
    model: read.text(['model', 'name'], 'model: { name: <a folder of models/<framework>> }'),
    devices: read.devices(),
    threads: read.count('threads', 1024) ?? DEFAULT_THREADS,
    ...(maxDevices === undefined ? {} : { maxDevices }),
    ...(read.yes('mesh') ? { mesh: true } : {}),
    ...readDeclarations(root, problems),
  }
}

class FieldReader {
  constructor(
    private readonly root: Mapping,
    private readonly problems: Problem[],
  ) {}

  refuseUnknownKeys(): void {
    for (const [key, { key: at }] of this.root.entries) {
      if (!fileOrder.includes(key)) this.report(at, key, 'is not a known key', hint(key, fileOrder))
    }
  }

  /** A non-empty text. */
  text(path: readonly [string] | readonly [string, string], example: string): string {
    const field = path.join('.')
    let at = this.root.at
    let tree: Tree = this.root
    for (const step of path) {
      const entry: { key: Position; value: Tree } | undefined =
        tree.kind === 'mapping' ? tree.entries.get(step) : undefined
      if (entry === undefined) {
        this.report(at, field, 'is missing', `write ${example}`)
        return ''
      }
      at = entry.key
      tree = entry.value
    }
    if (tree.kind === 'scalar' && typeof tree.value === 'string' && tree.value.trim() !== '')
      return tree.value
    const plain = tree.kind === 'scalar' ? tree.plain : undefined
    if (plain) this.report(tree.at, field, `is ${plain}, not text`, `write it in quotes: "${plain}"`)
    else this.report(tree.at, field, 'is not text', `write ${example}`)
    return ''
  }

  devices(): DeviceKind[] {
    const example = `write a list of ${deviceKinds.join(', ')}, the preferred first: devices: [cpu]`
    const entry = this.root.entries.get('devices')
    if (entry === undefined) {
      this.report(this.root.at, 'devices', 'is missing', example)
      return []
    }
    if (entry.value.kind !== 'sequence' || entry.value.items.length === 0) {
      this.report(entry.value.at, 'devices', 'is not a list of device kinds', example)
      return []
    }
    const kinds: DeviceKind[] = []
    for (const item of entry.value.items) {
      const word = item.kind === 'scalar' ? String(item.value) : 'this'
      const kind = deviceKinds.find((one) => one === word)
      if (kind === undefined)
        this.report(item.at, 'devices', `${word} is not a kind of device`, deviceHint(word))
      else if (kinds.includes(kind))
        this.report(item.at, 'devices', `${kind} stands here twice`, 'remove one')
      else kinds.push(kind)
    }
    return kinds
  }

  /** A whole number from 1; undefined where the key is absent. */
  count(key: string, most: number | undefined): number | undefined {
    const value = this.root.entries.get(key)?.value
    if (value === undefined) return undefined
    const number = value.kind === 'scalar' ? value.value : undefined
    if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= (most ?? number)) {
      return number
    }
    const shown =
      value.kind === 'scalar' ? (value.plain ?? JSON.stringify(value.value)) || 'empty' : 'not a number'
    const range = most === undefined ? 'of at least 1' : `from 1 to ${most}`
    this.report(value.at, key, `is ${shown}`, `write a whole number ${range}`)
    return undefined
  }

  /** True or false; false where the key is absent. */
  yes(key: string): boolean {
    const value = this.root.entries.get(key)?.value
    if (value === undefined) return false
    if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value
    this.report(value.at, key, 'is not true or false', `write ${key}: true, or leave it out`)
    return false
  }

  private report(at: Position, field: string, message: string, remedy: string): void {
    this.problems.push({ ...locate(at), field, message, remedy })
  }
}

/** What to do about a word that is no kind of device. */
export function deviceHint(word: string, kinds: readonly string[] = deviceKinds): string {
  const alias = kindNamed(word)
  return alias !== undefined && kinds.includes(alias)
    ? `did you mean ${alias}? (accepted: ${kinds.join(', ')})`
    : hint(word, kinds)
}
