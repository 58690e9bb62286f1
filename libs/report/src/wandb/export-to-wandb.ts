import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { UserError } from '@blacksmith/config'
import { type ComparedRun, metricsOf, parametersOf } from '../compare/compared-run'

const script = join(__dirname, 'log_run.py')

/** Where and with what a run is exported. */
export interface WandbOptions {
  /** W&B's project. */
  project: string
  tags?: string[]
  /** An interpreter that has wandb. */
  python?: string
  env?: NodeJS.ProcessEnv
}

/**
 * Logs a finished run to Weights & Biases through the person's own wandb, with their settings (WANDB_MODE,
 * WANDB_BASE_URL, the key of `wandb login`): parameters, every point of the curves, what the evaluation measured.
 *
 * @returns the run's address; undefined where wandb is offline
 * @throws UserError when the interpreter has no wandb, or wandb fails
 */
export async function exportToWandb(
  compared: ComparedRun,
  { project, tags = [], python = 'python3', env = process.env }: WandbOptions,
): Promise<string | undefined> {
  const { run, training = run } = compared
  const { provenance } = training
  await refuseWithoutWandb(python, env)
  const child = spawn(python, [script], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(
    JSON.stringify({
      project,
      id: provenance.id,
      name: `${provenance.project}-${provenance.id}`,
      group: `${provenance.project}:${provenance.configuration}`,
      job_type: provenance.target,
      tags,
      config: { ...parametersOf(compared), commit: provenance.commit, device: provenance.device },
      metrics: join(training.directory, 'metrics.jsonl'),
      summary: run.metrics === undefined ? {} : metricsOf(compared),
    }),
  )
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) {
    throw new UserError({ message: `wandb did not take run ${provenance.id}`, remedy: 'it says why above' })
  }
  return said.trim().split('\n').at(-1) || undefined
}

async function refuseWithoutWandb(python: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(python, ['-c', 'import wandb'], { env, stdio: 'ignore' })
  const started = await once(child, 'close').catch(() => undefined)
  if (started?.[0] === 0) return
  throw new UserError(
    started === undefined
      ? {
          message: `${python} cannot be started`,
          remedy: 'name an interpreter that has wandb: --python <path>',
        }
      : {
          message: `${python} has no wandb, which exports to W&B need`,
          remedy: `install it (${python} -m pip install wandb), or name an interpreter that has it: --python <path>`,
        },
  )
}
