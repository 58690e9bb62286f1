import { bareParameters, enclosingWorkspace, UserError } from '@blacksmith/config'
import { outlastClosedOutput, reportError } from '@blacksmith/terminal'
import { Command, CommanderError } from 'commander'
import { loadRootEnvFiles } from 'nx/src/utils/dotenv'
import { compareCommand } from './commands/compare'
import { dashboardCommand } from './commands/dashboard'
import { devicesCommand, doctorCommand, queueCommand } from './commands/devices'
import { environmentCommand } from './commands/environment'
import { explainCommand } from './commands/explain'
import { exportCommand } from './commands/export'
import { cancelCommand, logsCommand } from './commands/jobs'
import { parityCommand } from './commands/parity'
import { runJobCommand } from './commands/run-job'
import { runsCommand } from './commands/runs'
import { schemasCommand } from './commands/schemas'
import { storeCommand } from './commands/store'

/** The `blacksmith` command: questions about experiments, runs and devices. Work is asked of `nx run`. */
export async function main(argv: string[]): Promise<void> {
  outlastClosedOutput()
  const root = enclosingWorkspace()
  // What nx does: a store that .env names is that of both.
  if (root !== undefined) loadRootEnvFiles(root)
  try {
    await blacksmith().parseAsync(argv)
  } catch (error) {
    // It has printed its help or its complaint, and would have ended before we know whether that was written.
    if (!(error instanceof CommanderError)) reportError(error)
    process.exitCode ||= error instanceof CommanderError ? error.exitCode : 1
  }
}

/** The command with all below it, for an argv to be parsed. */
export function blacksmith(): Command {
  const program = new Command('blacksmith')
    .description('Ask what would run and why. To run it: npx nx run <project>:<target>')
    .showHelpAfterError()
    // An option after the name of a subcommand is that one's, also where both have one of its name.
    .enablePositionalOptions()
    .hook('preSubcommand', refuseBareParameters)
    .addCommand(explainCommand())
    .addCommand(environmentCommand())
    .addCommand(runsCommand())
    .addCommand(compareCommand())
    .addCommand(parityCommand())
    .addCommand(exportCommand())
    .addCommand(storeCommand())
    .addCommand(dashboardCommand())
    .addCommand(devicesCommand())
    .addCommand(queueCommand())
    .addCommand(logsCommand())
    .addCommand(cancelCommand())
    .addCommand(doctorCommand())
    .addCommand(schemasCommand())
    .addCommand(runJobCommand(), { hidden: true })
  for (const command of withSubcommands(program)) command.exitOverride()
  return program
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap((each) => withSubcommands(each as Command))]
}

/** Commander would say of `--training.epochs=3` that it is unknown. */
function refuseBareParameters({ args }: Command, { options }: Command): void {
  if (!options.some(({ long }) => long === '--set')) return
  const problems = bareParameters(args)
  if (problems.length > 0) throw new UserError(problems)
}
