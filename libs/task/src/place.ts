import { relative } from 'node:path'
import { formatAcceptance, type Results } from '@blacksmith/report'
import type { Artifact } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { runFolder } from './experiment/experiment'
import type { Inputs } from './key/inputs'
import { judgeEvaluation } from './output/judge'
import { sealOutput } from './output/output-folder'
import { reportPage } from './output/report-page'
import type { Plan } from './plan'
import { traceMissing } from './records/trace'

/** What an execution put in place. */
export interface Outcome {
  artifact: Artifact
  directory: string
  /** Whether it was made now; else it was there, or another machine had it. */
  made: boolean
  /** Of an evaluation: the metrics held against the thresholds. */
  results?: Results
}

/** Puts an artifact into dist/, an evaluation with its judgement, and all but prepared data with a report. */
export async function place({
  planned,
  session,
  inputs,
  draft,
  artifact,
  made,
}: {
  planned: Plan
  session: Session
  inputs: Inputs
  draft: string
  artifact: Artifact
  made: boolean
}): Promise<Outcome> {
  const { request, experiment, store, directory } = planned
  const { header, config } = experiment
  const outcome: Outcome = { artifact, directory, made }
  const untraced = request.target === 'train' ? traceMissing(config, artifact) : undefined
  if (untraced) session.display.note(untraced)
  await store.materialize(artifact, directory, async () => {
    if (request.target === 'evaluate') {
      const experimentFile = `${header.directory}/experiment.yaml`
      outcome.results = await judgeEvaluation(artifact, directory, config, experimentFile)
      session.display.note(formatAcceptance(outcome.results))
    }
    if (request.target !== 'prepare-data') await report(planned, session, inputs)
    sealOutput(directory, draft)
  })
  if (runFolder(request, experiment) !== request.configuration)
    session.display.note(`with these flags it stands in ${relative(request.workspaceRoot, directory)}`)
  return outcome
}

/** Puts report.html beside the results: like the judgement it is made anew each time, from what stands there. */
async function report(
  { experiment: { config, header }, directory }: Plan,
  session: Session,
  { train }: Inputs,
): Promise<void> {
  const { problems } = await reportPage().writeReport(directory, {
    config,
    description: header.description,
    ...(train ? { training: train.directory } : {}),
  })
  for (const problem of problems) session.display.note(problem)
}
