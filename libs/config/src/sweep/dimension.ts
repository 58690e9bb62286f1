import type { Json } from '../json/canonical-json'
import { numberRules } from '../structure/describe'
import { roleAt, schemasAt, unwrap } from '../structure/walk'
import { type Tree, treeAt } from '../yaml/tree'
import type { Checking } from './check-sweep'
import type { Dimension, Range } from './sweep'
import type { WrittenSweep } from './sweep-structure'
import { valueProblems } from './value-problems'

type Written = WrittenSweep['space'][string]
type WrittenRange = Extract<Written, { from: number }>

/** One parameter of a space, held against the experiment's structure. */
export function readDimension(
  path: string,
  written: Written,
  sweep: WrittenSweep,
  checking: Checking,
): Dimension {
  const at = ['space', path]
  const { report, structure } = checking
  const [section, key, ...deeper] = path.split('.')
  if (key === 'name' && deeper.length === 0 && (section === 'dataset' || section === 'model')) {
    report(at, 'is fixed by experiment.yaml', 'make another experiment for it')
    return { path, choices: [], when: {} }
  }
  const role = roleAt(structure.schema, path.split('.'))
  if (role === 'acceptance' || role === 'reporting')
    report(at, 'shapes no result', 'remove it: all trials would be one and the same')
  if (Array.isArray(written)) {
    for (const [index] of written.entries()) checkAt([...at, index], path, checking)
    return { path, choices: written as Json[], when: {} }
  }
  const when = readWhen(path, written.when, sweep, checking)
  if ('choices' in written) {
    for (const [index] of written.choices.entries()) checkAt([...at, 'choices', index], path, checking)
    return { path, choices: written.choices as Json[], when }
  }
  return { path, range: readRange(path, written, sweep, checking), when }
}

/** A range is checked at its ends. */
function readRange(
  path: string,
  written: WrittenRange,
  { sampler }: WrittenSweep,
  checking: Checking,
): Range {
  const at = ['space', path]
  const { report, structure } = checking
  const { from, to, log, step, points } = written
  for (const end of ['from', 'to']) checkAt([...at, end], path, checking)
  const schemas = schemasAt(structure.schema, path.split('.'))
  const whole = schemas.length > 0 && schemas.every((schema) => numberRules(unwrap(schema)).whole)
  if (from >= to) report([...at, 'to'], 'is not above from', 'write the smaller value first')
  if (log && from <= 0) report([...at, 'from'], 'has no logarithm', 'begin above 0, or remove log')
  if (log && step !== undefined)
    report([...at, 'step'], 'does not go together with log', 'remove one of them')
  if (whole && step !== undefined && !Number.isInteger(step))
    report([...at, 'step'], `is ${step}, and the parameter takes whole numbers`, 'write a whole number')
  if (sampler === 'grid' && points === undefined && step === undefined && !(whole && !log))
    report(at, 'has no end of values for a grid', 'write points: 5, or step, or a list of values')
  if (sampler !== 'grid' && points !== undefined)
    report([...at, 'points'], 'is for a grid only', 'remove it, or write sampler: grid')
  return { from, to, log, whole, step, points }
}

/** What it depends on has to be chosen before it. */
function readWhen(
  path: string,
  when: Record<string, unknown[]> | undefined,
  { space }: WrittenSweep,
  checking: Checking,
): Record<string, Json[]> {
  const paths = Object.keys(space)
  for (const [parameter, values] of Object.entries(when ?? {})) {
    const at = ['space', path, 'when', parameter]
    if (!paths.slice(0, paths.indexOf(path)).includes(parameter)) {
      checking.report(at, 'does not stand before it in the space', 'put that parameter above this one')
      continue
    }
    for (const [index] of values.entries()) checkAt([...at, index], parameter, checking)
  }
  return (when ?? {}) as Record<string, Json[]>
}

function checkAt(where: readonly PropertyKey[], parameter: string, checking: Checking): void {
  const value: Tree | undefined = treeAt(checking.tree, where)?.value
  const key = treeAt(checking.tree, ['space', parameter])?.key ?? value?.at
  if (value && key) checking.add(valueProblems(parameter, value, key, checking.structure))
}
