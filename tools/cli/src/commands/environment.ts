import { ensureEnvironment } from '@blacksmith/environments'
import { Layout, storeHome } from '@blacksmith/store'
import { withRightsOf } from '@blacksmith/store/folders'
import { listEnvironments } from '@blacksmith/store/upkeep'
import { Command } from 'commander'
import { environmentsTable } from '../environments'
import { findWorkspaceRoot } from '../workspace'

/**
 * `blacksmith environment <name>`: makes a Python environment and prints its interpreter, to run a recipe by hand.
 * Without a name it lists those that are made.
 */
export function environmentCommand(): Command {
  return new Command('environment')
    .description(
      'make a Python environment if it is not there, and print its interpreter; without a name, list all',
    )
    .argument('[name]', 'lightning, jax, torch, torch-llama, data or dev')
    .action(async (name: string | undefined) => {
      const home = storeHome()
      if (name === undefined) {
        console.log(environmentsTable(await listEnvironments(new Layout(home))))
        return
      }
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
