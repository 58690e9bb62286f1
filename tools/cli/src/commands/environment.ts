import { storeHome } from '@blacksmith/store'
import { withRightsOf } from '@blacksmith/store/folders'
import { ensureEnvironment } from '@blacksmith/trainer'
import { Command } from 'commander'
import { findWorkspaceRoot } from '../workspace'

/** `blacksmith environment <name>`: makes a Python environment and prints its interpreter, to run a recipe by hand. */
export function environmentCommand(): Command {
  return new Command('environment')
    .description('make a Python environment if it is not there, and print its interpreter')
    .argument('<name>', 'lightning, jax, torch-llama, data or dev')
    .action(async (name: string) => {
      const home = storeHome()
      const environment = await withRightsOf(home, () =>
        ensureEnvironment(name, {
          workspaceRoot: findWorkspaceRoot(),
          home,
          onLine: (line) => console.error(line),
        }),
      )
      console.log(environment.python)
    })
}
