import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  Scalar as YamlScalar,
} from 'yaml'
import type { Problem } from '../errors/user-error'
import type { Source } from './read-text'
import {
  type Entry,
  type Flag,
  lineAndColumn,
  locate,
  type Mapping,
  type Position,
  type Scalar,
  type Tree,
} from './tree'

/** More values than any experiment has: aliases of aliases can grow a small file without bound. */
const LIMIT = 100_000

/**
 * Turns the library's nodes into a tree in which every value keeps the place where it is really written:
 * what comes through an alias or a merge key (`<<`) points at the anchor's content.
 */
export class BuildTree {
  readonly problems: Problem[] = []
  private count = 0
  private readonly open = new Set<Node>()
  private readonly anchors = new Map<string, Node>()

  constructor(
    private readonly document: Document.Parsed,
    private readonly source: Source | Flag,
    /** What stands before the parsed text in the source: `a.b=` of a flag. */
    private readonly shift = 0,
  ) {}

  root(): Tree {
    return this.tree(this.document.contents as Node)
  }

  private tree(node: Node | null): Tree {
    if (++this.count === LIMIT) {
      this.report(node, `expands to more than ${LIMIT} values`, 'use fewer aliases of aliases')
    }
    if (node === null || this.count >= LIMIT) return this.empty(node)
    if (this.open.has(node)) {
      this.report(node, 'contains itself through an alias', 'write the value out')
      return this.empty(node)
    }
    // Anchors are taken in reading order, so that an alias means the last anchor of its name before it.
    if ('anchor' in node && node.anchor) this.anchors.set(node.anchor, node)
    this.open.add(node)
    const tree = this.build(node)
    this.open.delete(node)
    return tree
  }

  private build(node: Node): Tree {
    if (isAlias(node)) return this.alias(node)
    if (isMap(node)) return this.mapping(node)
    if (isSeq(node)) {
      return { kind: 'sequence', items: node.items.map((item) => this.tree(item as Node)), at: this.at(node) }
    }
    return this.scalar(node as YamlScalar)
  }

  private alias(node: Node & { source: string }): Tree {
    const target = this.anchors.get(node.source)
    if (target !== undefined) return this.tree(target)
    this.report(
      node,
      `no anchor &${node.source} stands before this alias`,
      'write the anchor above its first use; text that begins with a star needs quotes',
    )
    return this.empty(node)
  }

  private scalar(node: YamlScalar): Scalar {
    const plain = node.type === YamlScalar.PLAIN && !node.tag ? (node.source ?? '') : undefined
    return { kind: 'scalar', value: this.scalarValue(node, plain), plain, at: this.at(node) }
  }

  private scalarValue(node: YamlScalar, plain: string | undefined): Scalar['value'] {
    const { value } = node
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) {
        this.report(node, `${plain ?? value} is not a finite number`, 'write a finite number')
      } else if (/^[-+]?(\d+|0[xo][\da-f]+)$/i.test(plain ?? '') && !Number.isSafeInteger(value)) {
        this.report(
          node,
          `${plain} has more digits than can be held exactly`,
          'stay within ±9007199254740991',
        )
      }
    }
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
    return String(value)
  }

  private mapping(node: YAMLMap): Mapping {
    const own = new Map<string, Entry>()
    let merge: Entry | undefined
    for (const pair of node.items) {
      const name = this.keyName(pair.key as Node | null, node)
      if (name === undefined) continue
      const key = this.at((pair.key as Node | null) ?? node)
      const value = this.value(pair)
      const isMerge = name === '<<' && isPlain(pair.key)
      const first = isMerge ? merge : own.get(name)
      if (first) this.duplicate(name, key, first.key)
      else if (isMerge) merge = { key, value }
      else own.set(name, { key, value })
    }
    if (merge) this.merge(merge, own)
    return { kind: 'mapping', entries: own, at: this.at(node) }
  }

  private value(pair: Pair): Tree {
    return pair.value === null ? this.empty(pair.key as Node | null) : this.tree(pair.value as Node)
  }

  private duplicate(name: string, key: Position, first: Position): void {
    this.problems.push({
      ...locate(key),
      message: `the key ${name} stands here twice (first on line ${lineAndColumn(first).line})`,
      remedy: name === '<<' ? 'merge several with one list: <<: [*a, *b]' : 'remove one of the two',
    })
  }

  /** Own keys win over merged ones, and of several merged mappings the earlier wins (yaml.org/type/merge). */
  private merge({ key, value }: Entry, own: Map<string, Entry>): void {
    const sources = value.kind === 'sequence' ? value.items : [value]
    for (const source of sources) {
      if (source.kind === 'mapping') {
        for (const [name, entry] of source.entries) if (!own.has(name)) own.set(name, entry)
      } else {
        const message = 'the merge key << takes mappings only'
        this.problems.push({ ...locate(key), message, remedy: 'write <<: *anchor of a mapping' })
      }
    }
  }

  private keyName(key: Node | null, map: Node): string | undefined {
    const node = isAlias(key) ? this.anchors.get(key.source) : key
    if (isScalar(node)) {
      if (node.anchor) this.anchors.set(node.anchor, node)
      const name = node.type === YamlScalar.PLAIN ? (node.source ?? '') : String(node.value)
      if (name !== '' && name !== '__proto__') return name
      this.report(node, `${JSON.stringify(name)} cannot be a key`, 'give the key a name')
      return undefined
    }
    this.report(key ?? map, 'a key must be plain text', 'write key: value')
    return undefined
  }

  private empty(node: Node | null): Scalar {
    return { kind: 'scalar', value: null, plain: '', at: this.at(node) }
  }

  private at(node: Node | null): Position {
    return { source: this.source, offset: (node?.range?.[0] ?? 0) + this.shift }
  }

  private report(node: Node | null, message: string, remedy: string): void {
    this.problems.push({ ...locate(this.at(node)), message, remedy })
  }
}

function isPlain(key: unknown): boolean {
  return isScalar(key) && key.type === YamlScalar.PLAIN
}
