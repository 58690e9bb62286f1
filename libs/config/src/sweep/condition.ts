import type { Json } from '../json/canonical-json'

/** Whether something is true of a trial's parameters. */
export interface SweepCondition {
  /** As it was written. */
  text: string
  /** The parameters that it names. */
  paths: string[]
  holds(look: (path: string) => Json | undefined): boolean
}

/** What is wrong with a condition, in words. */
export class ConditionError extends Error {}

type Expression = (look: (path: string) => Json | undefined) => Json | undefined

const tokens = /\s*(<=|>=|==|!=|[<>()+*/-]|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"[^"]*"|'[^']*'|[A-Za-z_][\w.]*)/y

/**
 * Reads a comparison of parameters: numbers, texts in quotes, + - * / and brackets, == != < <= > >=, and, or, not. It is
 * read here, and nothing of it is run as a program.
 *
 * @throws ConditionError
 */
export function parseCondition(text: string): SweepCondition {
  const words = tokenize(text)
  const paths: string[] = []
  let at = 0
  const next = () => words[at]
  const take = (...any: string[]) =>
    next() !== undefined && any.includes(next() ?? '') ? words[at++] : undefined

  const either = (): Expression => {
    let left = both()
    while (take('or')) left = logical(left, both(), (a, b) => a || b)
    return left
  }
  const both = (): Expression => {
    let left = negation()
    while (take('and')) left = logical(left, negation(), (a, b) => a && b)
    return left
  }
  const negation = (): Expression => {
    if (!take('not')) return comparison()
    const inner = negation()
    return (look) => inner(look) !== true
  }
  const comparison = (): Expression => {
    const left = sum()
    const relation = take('==', '!=', '<', '<=', '>', '>=')
    if (!relation) return left
    const right = sum()
    return (look) => compare(relation, left(look), right(look))
  }
  const sum = (): Expression => {
    let left = product()
    for (let sign = take('+', '-'); sign; sign = take('+', '-')) left = arithmetic(sign, left, product())
    return left
  }
  const product = (): Expression => {
    let left = factor()
    for (let sign = take('*', '/'); sign; sign = take('*', '/')) left = arithmetic(sign, left, factor())
    return left
  }
  const factor = (): Expression => {
    const word = words[at++]
    if (word === undefined) throw new ConditionError('ends too early')
    if (word === '(') {
      const inner = either()
      if (!take(')')) throw new ConditionError('has a bracket that is not closed')
      return inner
    }
    if (word === '-') return arithmetic('-', () => 0, factor())
    if (/^\d/.test(word)) return () => Number(word)
    if (/^["']/.test(word)) return () => word.slice(1, -1)
    if (word === 'true' || word === 'false') return () => word === 'true'
    if (!/^[A-Za-z_]/.test(word) || ['and', 'or', 'not'].includes(word))
      throw new ConditionError(`has ${word} where a value should stand`)
    paths.push(word)
    return (look) => look(word)
  }

  const whole = either()
  if (next() !== undefined) throw new ConditionError(`cannot be read from ${next()} on`)
  return { text, paths, holds: (look) => whole(look) === true }
}

function tokenize(text: string): string[] {
  const words: string[] = []
  tokens.lastIndex = 0
  while (text.slice(tokens.lastIndex).trim() !== '') {
    const from = tokens.lastIndex
    const word = tokens.exec(text)?.[1]
    if (word === undefined) throw new ConditionError(`cannot be read from ${text.slice(from).trim()} on`)
    words.push(word)
  }
  return words
}

function logical(left: Expression, right: Expression, join: (a: boolean, b: boolean) => boolean): Expression {
  return (look) => join(left(look) === true, right(look) === true)
}

function arithmetic(sign: string, left: Expression, right: Expression): Expression {
  return (look) => {
    const [a, b] = [left(look), right(look)]
    if (typeof a !== 'number' || typeof b !== 'number') return undefined
    return sign === '+' ? a + b : sign === '-' ? a - b : sign === '*' ? a * b : a / b
  }
}

/** Only numbers are larger or smaller than each other. */
function compare(relation: string, a: Json | undefined, b: Json | undefined): boolean {
  if (relation === '==' || relation === '!=')
    return (JSON.stringify(a) === JSON.stringify(b)) === (relation === '==')
  if (typeof a !== 'number' || typeof b !== 'number') return false
  return relation === '<' ? a < b : relation === '<=' ? a <= b : relation === '>' ? a > b : a >= b
}
