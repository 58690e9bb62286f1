import { runJob } from '@blacksmith/task'
import { Command } from 'commander'

/** `blacksmith run-job`: what a launcher starts on a node. Nobody calls it by hand, so no help lists it. */
export function runJobCommand(): Command {
  return new Command('run-job').argument('<folder>').action(async (folder: string) => {
    if (!(await runJob(folder))) process.exitCode = 1
  })
}
