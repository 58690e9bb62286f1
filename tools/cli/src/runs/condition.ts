import { hint, UserError } from '@blacksmith/config'
import type { ListedRun } from './listed-run'

/** What `--filter` asks of a run: `accuracy>0.95`. */
export interface Condition {
  /** As it was written. */
  text: string
  field: string
  relation: Relation
  value: string
}

type Relation = '=' | '!=' | '<' | '<=' | '>' | '>='

/**
 * Reads `<field><relation><value>`.
 *
 * @throws UserError when it is no condition
 */
export function parseCondition(text: string): Condition {
  const [, field = '', relation = '', value = ''] =
    text.match(/^\s*([^=<>!]+?)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*$/) ?? []
  if (field !== '' && value !== '') return { text, field, relation: relation as Relation, value }
  throw new UserError({
    flag: `--filter ${text}`,
    message: 'is no condition',
    remedy:
      "write <field>=<value> or another of != < <= > >=, in quotes for the shell: --filter 'accuracy>=0.95'",
  })
}

/**
 * The runs that meet all conditions. A run without the field meets none but `!=`.
 *
 * @throws UserError for a field that no run has
 */
export function filterRuns(runs: ListedRun[], conditions: readonly Condition[]): ListedRun[] {
  const asked = conditions.map((condition) => ({
    ...condition,
    field: fieldOf(runs, condition.field, `--filter ${condition.text}`),
  }))
  return runs.filter((run) => asked.every((condition) => meets(run, condition)))
}

/**
 * The runs in the order of a field, the smallest first, or with `-` before its name the largest; those without it last.
 *
 * @throws UserError for a field that no run has
 */
export function sortRuns(runs: ListedRun[], order: string): ListedRun[] {
  const descending = order.startsWith('-')
  const field = fieldOf(runs, descending ? order.slice(1) : order, `--sort ${order}`)
  const having = runs.filter(({ fields }) => fields.has(field))
  const sign = descending ? -1 : 1
  having.sort((a, b) => sign * difference(a.fields.get(field) ?? '', b.fields.get(field) ?? ''))
  return [...having, ...runs.filter(({ fields }) => !fields.has(field))]
}

function meets({ fields, labels }: ListedRun, { field, relation, value }: Condition): boolean {
  if (field === 'tags' && relation === '=') return labels.tags.includes(value)
  if (field === 'tags' && relation === '!=') return !labels.tags.includes(value)
  const own = fields.get(field)
  if (own === undefined) return relation === '!='
  const side = difference(own, value)
  switch (relation) {
    case '=':
      return side === 0
    case '!=':
      return side !== 0
    case '<':
      return side < 0
    case '<=':
      return side <= 0
    case '>':
      return side > 0
    case '>=':
      return side >= 0
  }
}

/** By number where both are one: 1e-3 is 0.001, and 10 comes after 9. */
function difference(a: string | number, b: string | number): number {
  const [x, y] = [Number(a), Number(b)]
  if (a !== '' && b !== '' && !Number.isNaN(x) && !Number.isNaN(y)) return x - y
  return String(a).localeCompare(String(b), 'en')
}

/** Of trainings, `accuracy` is that of the validation split. */
function fieldOf(runs: ListedRun[], field: string, flag: string): string {
  const has = (name: string) => runs.some(({ fields }) => fields.has(name))
  if (runs.length === 0 || has(field)) return field
  if (has(`validation ${field}`)) return `validation ${field}`
  const known = [...new Set(runs.flatMap(({ fields }) => [...fields.keys()]))]
  throw new UserError({ flag, message: `no run has ${field}`, remedy: hint(field, known, 'they have') })
}
