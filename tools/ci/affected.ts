import { appendFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { formatUserError, isUserError } from '@blacksmith/config'
import { type Base, decideBase } from './affected/base'
import { evaluationFolders, resultsFile } from './affected/evaluation-folders'
import { allExperiments, suited } from './affected/experiments'
import { changedFiles } from './affected/git'
import { selectProjects, trainAndEvaluate } from './affected/nx'
import { type Options, parseOptions } from './affected/options'
import { readResults, resultsPath, storeResults } from './affected/results'
import { resultsTable } from './affected/table'

/**
 * Trains and evaluates the experiments that a change touches, and shows their results beside the base branch's:
 * the same steps on a person's machine and in CI. Fails when a run fails or a model is not accepted.
 *
 *     npm run affected -- [--list] [--base <commit>] [--all] [--configuration <name>] [--device <kind>]
 *                         [--base-results <folder>] [--out <folder>]
 */
const workspaceRoot = process.cwd()

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  const base: Base = options.all
    ? { everything: true, because: '--all asks for it' }
    : decideBase(workspaceRoot, options.base, process.env)
  const selected = selectProjects(workspaceRoot, base)
  const { run, leftOut } = suited(selected, allExperiments(workspaceRoot), options)
  const said = [
    describeSelection(base, run),
    ...leftOut.map(({ project, because }) => `Left out: ${project}, since ${because}.`),
  ]
  console.log(said.join('\n'))
  if (options.list) return

  const configuration = options.configuration ?? 'default'
  const evaluations = await evaluationFolders(workspaceRoot, run, options)
  // A result of an earlier run must not pass for one of this run; Nx and the store put back what is still right.
  for (const folder of evaluations.values()) rmSync(folder, { recursive: true, force: true })
  const succeeded =
    run.length === 0 ||
    trainAndEvaluate(workspaceRoot, run, { configuration: options.configuration, flags: runFlags(options) })
  const stored = options['base-results'] ? resolve(options['base-results']) : undefined
  const compared = [...evaluations].map(([project, folder]) => ({
    project,
    now: readResults(resultsFile(folder)),
    base: stored === undefined ? undefined : readResults(join(stored, resultsPath(project, configuration))),
  }))
  publish([...said, ...(run.length === 0 ? [] : ['', resultsTable(compared)])].join('\n'), options.out)
  keepResults(join(resolve(options.out), 'results'), stored, evaluations, configuration)
  process.exitCode = succeeded && compared.every(({ now }) => now?.accepted) ? 0 : 1
}

function describeSelection(base: Base, run: string[]): string {
  if ('everything' in base)
    return `Training everything, since ${base.because}: ${run.join(', ') || 'no experiment'}.`
  const files = changedFiles(workspaceRoot, base.since)
  const against = `${files.length} ${files.length === 1 ? 'file' : 'files'} changed since ${base.since.slice(0, 10)} (${base.because})`
  if (run.length > 0) return `${against}. Training what depends on them: ${run.join(', ')}.`
  const shown = files.slice(0, 20).map((file) => `\n  ${file}`)
  const more = files.length > 20 ? `\n  and ${files.length - 20} more` : ''
  return `${against}. There is nothing to train: no experiment depends on any of them.${shown.join('')}${more}`
}

function runFlags({ device, threads }: Options): string[] {
  return [
    ...(device === undefined ? [] : [`--device=${device}`]),
    ...(threads === undefined ? [] : [`--threads=${threads}`]),
  ]
}

/** Keeps the results for the next build to compare with: under their configuration, whatever the flags were. */
function keepResults(
  folder: string,
  stored: string | undefined,
  evaluations: ReadonlyMap<string, string>,
  configuration: string,
): void {
  if (stored !== undefined) storeResults(stored, folder)
  storeResults(join(workspaceRoot, 'dist'), folder)
  for (const [project, evaluated] of evaluations) {
    if (!existsSync(resultsFile(evaluated))) continue
    const kept = join(folder, resultsPath(project, configuration))
    mkdirSync(dirname(kept), { recursive: true })
    cpSync(resultsFile(evaluated), kept)
  }
}

/** Leaves the table for the CI service and for people. */
function publish(text: string, out: string): void {
  const folder = resolve(out)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'results.md'), `${text}\n`)
  if (process.env.GITHUB_STEP_SUMMARY) appendFileSync(process.env.GITHUB_STEP_SUMMARY, `${text}\n`)
  console.log(`\n${text}\n\nWritten to ${join(out, 'results.md')}.`)
}

main().catch((error: unknown) => {
  if (!isUserError(error)) throw error
  console.error(formatUserError(error))
  process.exitCode = 1
})
