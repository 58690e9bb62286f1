import { codeFrame } from '../errors/code-frame'
import { Lines } from '../errors/lines'
import type { Problem } from '../errors/user-error'
import type { Json } from '../json/canonical-json'
import type { Source } from './read-text'

/** A point in a file, or in a `--set` flag. */
export interface Position {
  readonly source: Source | Flag
  /** Character offset into the source's text. */
  readonly offset: number
}

/** A `--set a.b=value` flag as a source of values. */
export interface Flag {
  /** The whole flag: `--set a.b=value`. */
  readonly flag: string
  readonly text: string
}

/** A value together with where it was written. */
export type Tree = Scalar | Sequence | Mapping

export interface Scalar {
  readonly kind: 'scalar'
  readonly value: null | boolean | number | string
  /** As it was written, for plain (unquoted) scalars: `1e-3`, `0x10`, `yes`. Undefined for quoted ones. */
  readonly plain: string | undefined
  readonly at: Position
}

export interface Sequence {
  readonly kind: 'sequence'
  readonly items: readonly Tree[]
  readonly at: Position
}

export interface Mapping {
  readonly kind: 'mapping'
  readonly entries: ReadonlyMap<string, Entry>
  readonly at: Position
}

export interface Entry {
  /** Where the key stands. */
  readonly key: Position
  readonly value: Tree
}

/** The values of a tree without their places. */
export function toJson(tree: Tree): Json {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'sequence') return tree.items.map(toJson)
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, toJson(entry.value)]))
}

/** The entry or item that `path` leads to; undefined when the path leaves the tree. */
export function treeAt(tree: Tree, path: readonly PropertyKey[]): Entry | undefined {
  let found: Entry = { key: tree.at, value: tree }
  for (const step of path) {
    const next = child(found.value, step)
    if (next === undefined) return undefined
    found = next
  }
  return found
}

function child(tree: Tree, step: PropertyKey): Entry | undefined {
  if (tree.kind === 'mapping') return tree.entries.get(String(step))
  const item = tree.kind === 'sequence' ? tree.items[Number(step)] : undefined
  return item && { key: item.at, value: item }
}

/** Line and column, counted from 1. */
export function lineAndColumn({ source, offset }: Position): { line: number; column: number } {
  return linesOf(source).at(offset)
}

/** The part of a problem that says where it is, with its code frame. */
export function locate(position: Position): Pick<Problem, 'file' | 'flag' | 'line' | 'column' | 'frame'> {
  if ('flag' in position.source) return { flag: position.source.flag }
  const { line, column } = lineAndColumn(position)
  return {
    file: position.source.file,
    line,
    column,
    frame: codeFrame(linesOf(position.source), line, column),
  }
}

const known = new WeakMap<Position['source'], Lines>()

function linesOf(source: Position['source']): Lines {
  const lines = known.get(source) ?? new Lines(source.text)
  known.set(source, lines)
  return lines
}
