import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/python'
import { lineFinder, type Position } from './line-finder'
import { importingCalls, type ParsedFile, pathCalls, type WrittenImport } from './parsed-file'
import { liveParts } from './type-checking'

type Text = (node: SyntaxNode) => string

/**
 * Every import of a Python source, those inside functions too; not those under `if TYPE_CHECKING:`, which never
 * run. The first place that the parser does not understand is among the problems; since it is behind Python in
 * some corners of the grammar, askPython has the last word on such a file.
 */
export function parseImports(source: string): ParsedFile {
  const plain = source.replace(/^\uFEFF/, '')
  const { file } = new Reading(plain, plain)
  return file.problems.length === 0 ? file : new Reading(plain, smoothed(plain)).file
}

/** The source with what the grammar does not know put otherwise, each letter at its place. */
function smoothed(source: string): string {
  return source
    .replace(/\f/g, ' ')
    .replace(/\byield(?=[ \t]*(?:[\r\n#;)]|$))/g, 'nope_')
    .replace(/(\d)\.(?![\w.])/g, '$10')
    .replace(/\[(\s*)\*/g, '[$1 ')
}

/** One pass over a syntax tree. */
class Reading {
  readonly file: ParsedFile = { imports: [], dynamic: [], exports: null, problems: [] }
  /** Name in this file → the importing function that it stands for. */
  private readonly calls = new Map(importingCalls.map((name) => [name, name]))
  private readonly text: Text
  private readonly positionAt: (position: number) => Position

  constructor(source: string, parsed: string) {
    this.text = (node) => source.slice(node.from, node.to)
    this.positionAt = lineFinder(source)
    this.visit(parser.parse(parsed).topNode, false)
  }

  private visit(node: SyntaxNode, optional: boolean): void {
    // `print "x"` and its like: the grammar has Python 2's statement too.
    if (node.type.isError || node.name === 'PrintStatement') this.reportSyntaxError(node)
    else if (node.name === 'ImportStatement') this.readImport(node, optional)
    else if (node.name === 'TryStatement') this.readTry(node, optional)
    else if (node.name === 'IfStatement')
      for (const part of liveParts(node, this.text)) this.visit(part, optional)
    else this.readOther(node, optional)
  }

  private readOther(node: SyntaxNode, optional: boolean): void {
    if (node.name === 'CallExpression') this.readCall(node)
    if (node.name === 'AssignStatement' || node.name === 'UpdateStatement') this.readAssignment(node)
    for (const child of childrenOf(node)) this.visit(child, optional)
  }

  private reportSyntaxError(node: SyntaxNode): void {
    if (this.file.problems.length > 0) return
    this.file.problems.push({
      ...this.positionAt(node.from),
      message: 'is not valid Python here',
      remedy: 'mend the syntax',
    })
  }

  /** The parts of `import a.b as c, d` and of `from ..a import (b as c, d)`. */
  private readImport(node: SyntaxNode, optional: boolean): void {
    const words: string[] = []
    for (const child of childrenOf(node)) {
      if (child.type.isError) this.reportSyntaxError(child)
      // `...` is a token of its own in the grammar: three levels.
      else if (!['(', ')', 'Comment'].includes(child.name)) words.push(this.text(child))
    }
    const position = this.positionAt(node.from)
    const add = (written: Pick<WrittenImport, 'level' | 'module' | 'names' | 'star'>) =>
      this.file.imports.push({ ...written, optional, ...position })
    if (words[0] === 'import') {
      for (const { name } of taken(words.slice(1))) add({ level: 0, module: name, names: [], star: false })
      return
    }
    const split = words.indexOf('import')
    const from = words.slice(1, split).join('')
    const module = from.replace(/^\.+/, '')
    const names = taken(words.slice(split + 1))
    for (const { name, alias } of names) if (importingCalls.includes(name)) this.calls.set(alias, name)
    add({
      level: from.length - module.length,
      module,
      names: names.map(({ name }) => name).filter((name) => name !== '*'),
      star: names.some(({ name }) => name === '*'),
    })
  }

  private readTry(node: SyntaxNode, optional: boolean): void {
    const children = childrenOf(node)
    const caught = children.some((child, at) => child.name === 'except' && this.catches(children[at + 1]))
    const body = node.getChild('Body')
    for (const child of children) this.visit(child, child.from === body?.from ? optional || caught : optional)
  }

  /** Whether an `except` with this after it goes on when a module is missing. */
  private catches(handled: SyntaxNode | undefined): boolean {
    if (handled === undefined || handled.name === 'Body') return true
    const names = /^(Tuple|Parenthesized)Expression$/.test(handled.name) ? childrenOf(handled) : [handled]
    return names.some((name) =>
      /^(ImportError|ModuleNotFoundError|Exception|BaseException)$/.test(this.text(name)),
    )
  }

  private readCall(node: SyntaxNode): void {
    const callee = node.firstChild
    const list = node.getChild('ArgList')
    if (!callee || !list) return
    const last = callee.name === 'MemberExpression' ? callee.lastChild : callee
    const name = last && this.calls.get(this.text(last))
    const values = argumentsOf(list)
    if (!name) {
      const [target, , method] = childrenOf(callee)
      if (target && method && /^(extend|append)$/.test(this.text(method))) this.addExports(target, values)
      return
    }
    const module = pathCalls.includes(name) ? null : literalOf(values[0], this.text)
    this.file.dynamic.push({ module, ...this.positionAt(node.from) })
  }

  private readAssignment(node: SyntaxNode): void {
    const children = childrenOf(node)
    const operator = children.findLastIndex((child) => /^(AssignOp|UpdateOp)$/.test(child.name))
    for (const target of children.slice(0, Math.max(operator, 0)))
      this.addExports(target, children.slice(operator + 1))
  }

  private addExports(target: SyntaxNode, values: SyntaxNode[]): void {
    if (this.text(target) !== '__all__') return
    const strings: string[] = []
    const collect = (node: SyntaxNode): void => {
      if (node.name === 'String') strings.push(unquoted(this.text(node)))
      else childrenOf(node).forEach(collect)
    }
    values.forEach(collect)
    this.file.exports = [...(this.file.exports ?? []), ...strings]
  }
}

/** `a.b as c, d` → name and alias of each. */
function taken(words: string[]): { name: string; alias: string }[] {
  const parts: string[][] = [[]]
  for (const word of words) {
    if (word === ',') parts.push([])
    else parts.at(-1)?.push(word)
  }
  return parts.flatMap((part) => {
    const as = part.indexOf('as')
    const name = (as < 0 ? part : part.slice(0, as)).join('')
    return name === '' ? [] : [{ name, alias: part[as + 1] ?? name }]
  })
}

/** The values of a call's arguments, keyword ones too. */
function argumentsOf(list: SyntaxNode): SyntaxNode[] {
  const children = childrenOf(list).filter(({ name }) => !/^([(),]|Comment)$/.test(name))
  return children.filter((child, at) => child.name !== 'AssignOp' && children[at + 1]?.name !== 'AssignOp')
}

function literalOf(node: SyntaxNode | undefined, text: Text): string | null {
  if (node?.name === 'String') return unquoted(text(node))
  if (node?.name !== 'FormatString') return null
  const [replaced] = childrenOf(node)
  if (!replaced) return unquoted(text(node))
  const head = text(node)
    .slice(0, replaced.from - node.from)
    .replace(/^[a-z]*("""|'''|"|')/i, '')
  return head.includes('.') ? head : null
}

function unquoted(literal: string): string {
  return literal.replace(/^[a-z]*("""|'''|"|')([\s\S]*)\1$/i, '$2')
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child)
  return children
}
