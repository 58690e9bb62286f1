import { join } from 'node:path'
import { replaceFile } from '@blacksmith/config/header'
import { readBlocks } from '../blocks/read-blocks'
import { htmlDocument } from '../page/document'
import { type Html, html } from '../page/html'
import { type RunRecord, readRun } from '../run/read-run'
import { type MetricCurves, type RunMetrics, readMetrics } from '../series/read-metrics'
import { readTelemetry } from '../series/read-telemetry'
import { blocksSection } from './blocks-section'
import { configSection, type ReportConfig } from './config-section'
import { curvesSection, telemetrySection } from './curves-section'
import { isTraced, performanceSection } from './performance-section'
import { factList, provenanceSection, runFacts } from './provenance-section'
import { acceptanceTable, finalMetrics, verdictBadge } from './results-section'

/** The name of the report beside the results. */
export const reportFileName = 'report.html'

/** What a report needs beside what the run's folder holds. */
export interface ReportInputs {
  /** Of an evaluation: the folder of the training whose model it looked at; its curves and its cost are shown. */
  training?: string
  /** The resolved configuration with its origins; without it the parameters of the key are shown. */
  config?: ReportConfig
  description?: string
}

/** Where the report was written, and what could not be shown in it. */
export interface WrittenReport {
  file: string
  problems: string[]
}

/**
 * Writes report.html into a run's folder: one file that needs no network and no other file. It is made from what
 * the folder holds (provenance.json, results.json, metrics.jsonl, performance.json, telemetry.jsonl, report.json and its pictures).
 *
 * @throws UserError when there is no run in the folder
 */
export async function writeReport(directory: string, inputs: ReportInputs = {}): Promise<WrittenReport> {
  const { page, problems } = await renderReport(directory, inputs)
  const file = join(directory, reportFileName)
  await replaceFile(file, page, { durable: false })
  return { file, problems }
}

/** The page of {@link writeReport}, without writing it anywhere. */
export async function renderReport(
  directory: string,
  inputs: ReportInputs = {},
): Promise<{ page: string; problems: string[] }> {
  const run = await readRun(directory)
  const training = inputs.training === undefined ? undefined : await readRun(inputs.training)
  const curvesFrom = training?.directory ?? directory
  const metrics = await readMetrics(join(curvesFrom, 'metrics.jsonl'))
  const telemetry = await readTelemetry(join(curvesFrom, 'telemetry.jsonl'))
  return reportPage({ run, training, metrics, telemetry, inputs })
}

interface ReportParts {
  run: RunRecord
  training: RunRecord | undefined
  metrics: RunMetrics
  telemetry: MetricCurves[]
  inputs: ReportInputs
}

interface Section {
  id: string
  title: string
  content: Html
}

async function reportPage({ run, training, metrics, telemetry, inputs }: ReportParts) {
  const { provenance, results } = run
  const { blocks, problems } = await readBlocks(run.directory)
  const pictures = await blocksSection(run.directory, blocks)
  problems.push(...pictures.problems)
  const sections: Section[] = []
  const add = (id: string, title: string, content: Html, shown: boolean) => {
    if (shown) sections.push({ id, title, content })
  }
  const measured = results ?? { metrics: run.metrics ?? {}, acceptance: {}, accepted: true }
  add('results', 'Results', acceptanceTable(measured), run.metrics !== undefined)
  add('examples', 'Examples', pictures.section, blocks.length > 0)
  add('curves', 'Curves', curvesSection(metrics), metrics.metrics.length > 0)
  add('training', 'End of the training', finalMetrics(metrics.metrics), metrics.metrics.length > 0)
  const trained = training ?? run
  const { performance } = trained
  if (performance !== undefined) {
    const traced = isTraced(trained.provenance.records)
    add('performance', 'What the device gave', performanceSection(performance, traced), true)
  }
  const config = inputs.config ?? { values: parametersOf(run, training), origins: {} }
  add('configuration', 'Configuration', configSection(config, provenance.overrides), true)
  add('telemetry', 'Device telemetry', telemetrySection(telemetry), telemetry.length > 0)
  const provenances = training === undefined ? [provenance] : [provenance, training.provenance]
  add('provenance', 'Provenance', provenanceSection(provenances), true)
  add(
    'problems',
    'What could not be shown',
    html`<ul>${problems.map((each) => html`<li>${each}</li>`)}</ul>`,
    problems.length > 0,
  )

  const title = `${provenance.project}:${provenance.target}`
  const page = htmlDocument({
    title: `${title} (${provenance.configuration})`,
    sections,
    body: html`<h1>${title}</h1>
${inputs.description && html`<p>${inputs.description}</p>`}
${results !== undefined && verdictBadge(results)}
${factList(runFacts(provenance))}
${training && html`<h2>Training</h2>${factList(runFacts(training.provenance).slice(1))}`}
${sections.map(({ id, title: heading, content }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>\n`)}`,
  })
  return { page, problems }
}

/** The parameters that stand in the keys: of an evaluation those of its training too. */
function parametersOf(...runs: (RunRecord | undefined)[]): Record<string, unknown> {
  return Object.assign({}, ...runs.toReversed().map((run) => run?.provenance.components.parameters))
}
