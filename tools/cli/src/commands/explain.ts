import { outlookOf, plan, type TaskRequest } from '@blacksmith/task'
import { Command } from 'commander'
import { describePlan, planAsJson } from '../plan-text'
import { findWorkspaceRoot, taskRequest } from '../workspace'

interface ExplainOptions {
  configuration?: string
  set: string[]
  device?: string
  devices?: number
  threads?: number
  json?: boolean
}

/** `blacksmith explain <project>:<target>`: prints the plan of a run, and touches nothing. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('print what a run would do and why, without doing any of it')
    .argument('<project:target[:configuration]>', 'for example lightning-mnist:train')
    .option('-c, --configuration <name>', 'an overlay in the experiment’s configs/')
    .option('--set <a.b=value>', 'override a parameter (repeatable)', collect, [])
    .option('--device <kind>', 'auto, cpu, gpu or tt')
    .option('--devices <count>', 'how many devices of that kind', Number)
    .option('--threads <count>', 'CPU threads of the run', Number)
    .option('--json', 'for programs')
    .action(async (task: string, options: ExplainOptions) => {
      const { json, ...flags } = options
      const request: TaskRequest = taskRequest(findWorkspaceRoot(), task, flags)
      const planned = await plan(request, { askRemote: true })
      const outlook = await outlookOf(planned)
      console.log(
        json ? JSON.stringify(planAsJson(planned, outlook), null, 2) : describePlan(planned, outlook),
      )
    })
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}
