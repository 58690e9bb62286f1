import { enclosingWorkspace, experimentFolders, UserError } from '@blacksmith/config'
import { type ComparedRun, readComparedRun } from '@blacksmith/report/compare'
import { findRun, type Layout, listRuns, readArtifact, type StoredRun } from '@blacksmith/store'
import { distDirectory } from '@blacksmith/task'
import { taskRequest } from '../workspace'

/**
 * The run that a person means: by name, by the beginning of its id, or by its experiment, `lightning-mnist` or
 * `lightning-mnist:evaluate:full`, for the run whose result stands in dist/.
 *
 * @throws UserError when there is none
 */
export async function chosenRun(layout: Layout, reference: string): Promise<StoredRun> {
  const [project = '', target = 'evaluate', configuration = 'default'] = reference.split(':')
  const root = enclosingWorkspace()
  if (root === undefined || !experimentFolders(root).has(project)) return findRun(layout, reference)
  const task = [project, target, configuration].join(':')
  const request = taskRequest(root, task, { set: [] })
  const present = await readArtifact(distDirectory(root, project, request.configuration, request.target))
  const stored = await listRuns(layout, { project, target: request.target })
  const run = stored.find(({ key }) => key === present?.provenance.key)
  if (run) return run
  throw new UserError({
    message: present
      ? `what ${task} left in dist/ is not in ${layout.home}`
      : `${task} has no result in dist/`,
    remedy: `run it: npx nx run ${configuration === 'default' ? `${project}:${target}` : task}`,
  })
}

/** A run with, for an evaluation, the training whose model it looked at: that has the curves and the cost. */
export async function comparedRun(
  layout: Layout,
  { directory, provenance, labels: { name } }: StoredRun,
): Promise<ComparedRun> {
  const named = name === undefined ? {} : { name }
  const { model } = provenance.components
  if (typeof model !== 'string') return { ...(await readComparedRun(directory)), ...named }
  const trainings = await listRuns(layout, { project: provenance.project, target: 'train' })
  const training = trainings.find(({ manifest }) => manifest.files.some((file) => file.sha256 === model))
  return { ...(await readComparedRun(directory, training?.directory)), ...named }
}
