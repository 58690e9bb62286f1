import { runCommand, type Workspace } from './workspace'

/**
 * What `nx show projects --affected --withTarget=train --files <file> --json` prints, for many files in one process:
 * its command itself, without what starting nx costs each time.
 */
const program = `
const { showProjectsHandler } = require('nx/src/command-line/show/projects')

async function main() {
  performance.mark('init-local')
  const printed = []
  const print = console.log
  console.log = (text) => printed.push(text)
  for (const file of process.argv.slice(1))
    await showProjectsHandler({ affected: true, withTarget: ['train'], files: [file], json: true })
  print('selected ' + JSON.stringify(printed.map((text) => JSON.parse(text))))
}
main()
`

/** Which experiments are to be trained when one of these files changes; for each file, in order of their names. */
export function selectedProjects(workspace: Workspace, files: string[]): Map<string, string[]> {
  const { output } = runCommand('node', ['-e', program, ...files], {
    cwd: workspace.root,
    env: workspace.environment(),
  })
  const found = /^selected (.*)$/m.exec(output)?.[1]
  if (found === undefined) throw new Error(output)
  const selected = JSON.parse(found) as string[][]
  return new Map(files.map((file, index) => [file, (selected[index] ?? []).sort()]))
}
