import { relative } from 'node:path'
import { canonicalJson, type Json, type Origin, type Placement, placementOf } from '@blacksmith/config'
import { diffComponents } from '@blacksmith/store'
import { completed, type MaybeKnown, type Outlook, type Plan } from '@blacksmith/task'
import { textTable } from '@blacksmith/text'

/** A plan in words: each parameter with where it came from, the placement, the key, and the store's answer. */
export function describePlan(plan: Plan, { previous, checkpoint, refusal, reads }: Outlook): string {
  const { request, experiment } = plan
  const { header } = experiment
  const rows: [string, string][] = [
    ['placement', placementText(placementOf(request.target, experiment.placement))],
    [
      'environment',
      describe(plan.environment, ({ name, pythonVersion }) => `${name}, Python ${pythonVersion}`),
    ],
    ...listed('input', plan.draft.inputs),
    ...listed('variable', plan.draft.variables),
    ...reads.map((read): [string, string] => [
      'reads',
      `${read.plan.request.target}: ${verdict(read.plan, read.previous)}`,
    ]),
    ['key', describe(plan.key, (key) => key)],
    ['verdict', verdict(plan, previous)],
    ...refusals(refusal).map((refusal): [string, string] => ['refused', refusal]),
    ...(checkpoint === undefined
      ? []
      : [
          [
            'continues',
            `from step ${checkpoint.toLocaleString('en-US')}, where an earlier run was stopped, if it goes on for longer`,
          ] as [string, string],
        ]),
    ['result', relative(request.workspaceRoot, plan.directory)],
    ...changes(plan, previous).map((change): [string, string] => ['changed', change]),
  ]
  return [
    `${header.project}:${request.target}:${request.configuration}`,
    '',
    textTable([{ heading: 'parameter' }, { heading: 'value' }, { heading: 'from' }], configurationRows(plan)),
    '',
    textTable([{ heading: 'plan' }, { heading: '' }], rows),
  ].join('\n')
}

function placementText({ count, kind, threads, processes }: Placement): string {
  const each = processes === undefined ? '' : ` each, in ${processes} processes`
  return `${count} × ${kind}, ${threads} threads${each}`
}

/** What an experiment declares, each with its digest or value. */
function listed(heading: string, fact: MaybeKnown<Json> | undefined): [string, string][] {
  if (!fact?.known) return []
  return Object.entries(fact.value as Record<string, string | null>).map(([name, value]) => [
    heading,
    `${name}  ${heading === 'input' ? value?.slice(0, 10) : (value ?? 'not set')}`,
  ])
}

/** The same for programs. */
export function planAsJson(plan: Plan, { previous, checkpoint, refusal, reads }: Outlook): Json {
  const { request, experiment, stored, remote } = plan
  return {
    project: experiment.header.project,
    target: request.target,
    configuration: request.configuration,
    placement: { ...experiment.placement },
    config: values(plan),
    origins: experiment.config.origins as unknown as Json,
    key: plan.key.known ? plan.key.value : null,
    components: Object.fromEntries(
      Object.entries(plan.draft).map(([name, fact]) => [name, fact.known ? fact.value : null]),
    ),
    unknown: Object.fromEntries(
      Object.entries(plan.draft).flatMap(([name, fact]) => (fact.known ? [] : [[name, fact.because]])),
    ),
    stored: stored ? stored.provenance.id : null,
    remote: remote ? { name: remote.from.name, run: remote.provenance.id } : null,
    refused: refusals(refusal),
    directory: relative(request.workspaceRoot, plan.directory),
    checkpoint: checkpoint ?? null,
    changes: changes(plan, previous),
    reads: Object.fromEntries(
      reads.map((read) => [read.plan.request.target, verdict(read.plan, read.previous)]),
    ),
  }
}

function configurationRows(plan: Plan): [string, string, string][] {
  return Object.entries(plan.experiment.config.origins).map(([field, origin]) => [
    field,
    canonicalJson(valueAt(values(plan), field)),
    originText(origin),
  ])
}

function values({ experiment }: Plan): Json {
  return { ...experiment.config.values }
}

function valueAt(tree: Json, field: string): Json {
  return field.split('.').reduce<Json>((node, step) => (node as Record<string, Json>)[step] ?? null, tree)
}

function originText({ source, file, line }: Origin): string {
  if (source === 'default') return 'default'
  if (source === 'flag') return '--set'
  return `${file}:${line}`
}

function refusals(refusal: Outlook['refusal']): string[] {
  return (refusal?.problems ?? []).map(({ message, remedy }) => [message, remedy].filter(Boolean).join('. '))
}

function verdict(plan: Plan, previous: Outlook['previous']): string {
  if (!plan.key.known) return `not known yet: ${plan.key.because}`
  if (plan.stored) return `reuse run ${plan.stored.provenance.id} from the store`
  if (plan.remote)
    return `pull run ${plan.remote.provenance.id}, which is in the remote ${plan.remote.from.name}`
  if (!previous) return 'run: it has not been made before'
  return changes(plan, previous).length > 0
    ? 'run: the components below have changed'
    : 'run: nothing has changed, but the store no longer has it'
}

/** What differs from the run that stands in dist/, or the newest one of this target and configuration. */
function changes({ draft, stored, remote }: Plan, previous: Outlook['previous']): string[] {
  if (!previous || stored || remote) return []
  const now = completed(draft)
  const known = Object.entries(draft).flatMap(([name, fact]) =>
    fact.known ? [[name, fact.value] as const] : [],
  )
  const before = Object.fromEntries(
    Object.entries(previous.provenance.components).filter(([name]) => now.known || draft[name]?.known),
  )
  return diffComponents(before, Object.fromEntries(known)).map(
    ({ path, from, to }) => `${path}: ${shown(from)} → ${shown(to)}`,
  )
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'absent' : canonicalJson(value)
}

function describe<T>(fact: MaybeKnown<T>, words: (value: T) => string): string {
  return fact.known ? words(fact.value) : `not known yet: ${fact.because}`
}
