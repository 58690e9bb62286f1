import type { Problem } from '@blacksmith/config'
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/python'

/** One module that a file imports, as it is written. */
export interface WrittenImport {
  /** Leading dots: 0 for an absolute import. */
  level: number
  /** `a.b`; empty in `from . import x`. */
  module: string
  /** What `from … import` takes out of it, each a name or a submodule; empty for `import a.b`. */
  names: string[]
  line: number
}

/** What a file says of its imports. */
export interface ParsedFile {
  imports: WrittenImport[]
  problems: Omit<Problem, 'file'>[]
}

/** Imports by a computed name cannot be followed, so code of ours must not be imported that way. */
const dynamicImports = new Set(['importlib.import_module', 'import_module', '__import__'])

/**
 * Every import of a Python source, those inside functions too; not those under `if TYPE_CHECKING:`, which never
 * run.
 *
 * @param ownPackages top-level packages that a dynamic import must not name
 */
export function parseImports(source: string, ownPackages: readonly string[]): ParsedFile {
  const found: ParsedFile = { imports: [], problems: [] }
  const lineOf = lineFinder(source)
  const text = (node: SyntaxNode) => source.slice(node.from, node.to)
  const visit = (node: SyntaxNode): void => {
    if (node.type.isError) {
      const { line, column } = lineOf(node.from)
      if (found.problems.length === 0) {
        found.problems.push({ line, column, message: 'is not valid Python here', remedy: 'mend the syntax' })
      }
      return
    }
    if (node.name === 'ImportStatement') {
      found.imports.push(...readImport(node, text, lineOf(node.from).line))
      return
    }
    if (node.name === 'CallExpression') refuseDynamic(node, text, ownPackages, found, lineOf)
    const skipped = node.name === 'IfStatement' ? typeCheckingBody(node, text) : undefined
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (child.from !== skipped?.from || child.to !== skipped.to) visit(child)
    }
  }
  visit(parser.parse(source).topNode)
  return found
}

/** The parts of `import a.b as c, d` and of `from ..a import (b as c, d)`. */
function readImport(node: SyntaxNode, text: (node: SyntaxNode) => string, line: number): WrittenImport[] {
  const words: string[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) {
    // `...` is a token of its own in the grammar: three levels.
    if (child.name !== '(' && child.name !== ')' && child.name !== 'Comment') words.push(text(child))
  }
  const take = (list: string[]): string[] =>
    splitAt(list, ',').map((part) =>
      (part.includes('as') ? part.slice(0, part.indexOf('as')) : part).join(''),
    )
  if (words[0] === 'import') {
    return take(words.slice(1)).map((module) => ({ level: 0, module, names: [], line }))
  }
  const split = words.indexOf('import')
  const from = words.slice(1, split).join('')
  const module = from.replace(/^\.+/, '')
  const names = take(words.slice(split + 1)).filter((name) => name !== '' && name !== '*')
  return [{ level: from.length - module.length, module, names, line }]
}

function splitAt(words: string[], separator: string): string[][] {
  const parts: string[][] = [[]]
  for (const word of words) {
    if (word === separator) parts.push([])
    else parts.at(-1)?.push(word)
  }
  return parts
}

/** The block under `if TYPE_CHECKING:`; an `else` of it runs. */
function typeCheckingBody(node: SyntaxNode, text: (node: SyntaxNode) => string): SyntaxNode | undefined {
  const condition = node.firstChild?.nextSibling
  if (!condition || !/^(typing\.)?TYPE_CHECKING$/.test(text(condition))) return undefined
  return node.getChild('Body') ?? undefined
}

function refuseDynamic(
  node: SyntaxNode,
  text: (node: SyntaxNode) => string,
  ownPackages: readonly string[],
  found: ParsedFile,
  lineOf: (position: number) => { line: number; column: number },
): void {
  const callee = node.firstChild
  if (!callee || !dynamicImports.has(text(callee))) return
  const argument = node.getChild('ArgList')?.getChild('String')
  const module = argument ? text(argument).replace(/^[rRuU]?["']+|["']+$/g, '') : ''
  if (!module.startsWith('.') && !ownPackages.includes(module.split('.')[0] ?? '')) return
  found.problems.push({
    ...lineOf(node.from),
    field: module,
    message: 'is imported by a call, so that no tool can tell what this file depends on',
    remedy: `write: import ${module}`,
  })
}

/** Position → line and column, both from 1. */
function lineFinder(source: string): (position: number) => { line: number; column: number } {
  const starts = [0]
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return (position) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= position) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: position - (starts[low] ?? 0) + 1 }
  }
}
