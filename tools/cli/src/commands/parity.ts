import { type DeviceKind, deviceKinds, hint, UserError } from '@blacksmith/config'
import { formatParity } from '@blacksmith/report/compare'
import { Layout, storeHome } from '@blacksmith/store'
import { Command } from 'commander'
import { type ExperimentParity, experimentParity } from '../parity/experiment-parity'
import type { KindRuns } from '../parity/runs-of-plan'
import { findWorkspaceRoot, taskRequest } from '../workspace'

interface ParityOptions {
  configuration?: string
  set: string[]
  devices?: DeviceKind[]
  with?: string[]
  json?: boolean
}

/** `blacksmith parity <experiment>`: whether it comes to the same on all kinds of device. */
export function parityCommand(): Command {
  return new Command('parity')
    .description('hold an experiment’s results on other kinds of device against those on the CPU')
    .argument('<experiment>', 'for example lightning-mnist')
    .option('-c, --configuration <name>', 'an overlay in the experiment’s configs/')
    .option('--set <a.b=value>', 'override a parameter (repeatable)', collect, [])
    .option('--devices <kinds>', 'these kinds, the reference first, and none may lack a run: cpu,tt', kindsOf)
    .option('--with <folders...>', 'runs exported on other machines, evaluations and their trainings')
    .option('--json', 'for programs')
    .action(async (experiment: string, { devices, with: folders, json, ...flags }: ParityOptions) => {
      const request = taskRequest(findWorkspaceRoot(), `${experiment}:evaluate`, flags)
      const result = await experimentParity(new Layout(storeHome()), request, {
        ...(devices ? { kinds: devices } : {}),
        ...(folders ? { folders } : {}),
      })
      console.log(json ? JSON.stringify(asJson(result), null, 2) : parityText(result))
      if (!result.parity.holds) process.exitCode = 1
    })
}

function parityText({ parity, found, missing }: ExperimentParity): string {
  const compared = found.filter(({ runs }) => runs.length > 0)
  return [
    formatParity(parity),
    '',
    ...compared.map((each) => `on ${each.kind}: ${idsOf(each).join(', ')}`),
    ...missing.map(({ message, remedy }) => `${message}\n  ${remedy}`),
  ].join('\n')
}

function asJson({ parity, found, missing }: ExperimentParity): unknown {
  const runs = found.map((each) => [each.kind, idsOf(each)])
  return { ...parity, runs: Object.fromEntries(runs), missing }
}

function idsOf({ runs }: KindRuns): string[] {
  return runs.map(({ evaluation }) => evaluation.provenance.id)
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}

function kindsOf(text: string): DeviceKind[] {
  const kinds = text.split(',').map((word) => {
    const kind = deviceKinds.find((each) => each === word)
    if (kind !== undefined) return kind
    throw new UserError({
      flag: `--devices=${text}`,
      message: `${JSON.stringify(word)} is no kind of device`,
      remedy: hint(word, deviceKinds),
    })
  })
  return [...new Set(kinds)]
}
