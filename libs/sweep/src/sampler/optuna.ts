import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Sweep, UserError } from '@blacksmith/config'
import { workspaceLayout } from '@blacksmith/config/header'
import { type Environment, ensureEnvironment } from '@blacksmith/environments'
import { withRightsOf } from '@blacksmith/store/folders'
import type { Asked, Sampler } from './sampler'

/** The Python environment in which samplers are. */
export const samplerEnvironment = 'optuna'

export interface SamplerOptions {
  workspaceRoot: string
  home: string
  onLine: (line: string) => void
  signal: AbortSignal
}

/**
 * A sampler of Optuna's, in a Python process that speaks JSON lines and ends when its input does.
 *
 * @throws UserError where its environment cannot be made
 */
export async function optunaSampler(sweep: Sweep, o: SamplerOptions): Promise<Sampler> {
  const environment = await withRightsOf(o.home, () => ensureEnvironment(samplerEnvironment, o))
  const process_ = new SamplerProcess(environment, o.workspaceRoot)
  const { sampler, seed, first, objectives } = sweep
  await process_.call({
    call: 'open',
    sampler,
    seed,
    first,
    directions: objectives.map(({ goal }) => goal),
    space: sweep.space.map(({ path, choices, range, when }) => ({
      path,
      choices,
      ...range,
      when: Object.entries(when),
    })),
  })
  return {
    ask: async (count) => (await process_.call({ call: 'ask', count })) as Asked[],
    tell: async (trials) => void (await process_.call({ call: 'tell', trials })),
    importance: async () => (await process_.call({ call: 'importance' })) as Record<string, number>,
    close: () => process_.close(),
  }
}

type Reply = { reply: unknown } | { error: string; remedy?: string }

class SamplerProcess {
  private readonly child: ChildProcess
  private readonly replies: AsyncIterator<string>
  private printed = ''

  constructor(
    private readonly environment: Environment,
    workspaceRoot: string,
  ) {
    const { pythonRoots } = workspaceLayout(workspaceRoot)
    const { PATH, HOME } = process.env
    this.child = spawn(environment.python, ['-P', '-m', 'blacksmith.sweeps'], {
      cwd: workspaceRoot,
      env: {
        ...(PATH === undefined ? {} : { PATH }),
        ...(HOME === undefined ? {} : { HOME }),
        PYTHONPATH: pythonRoots.map((root) => join(workspaceRoot, root)).join(':'),
        PYTHONHASHSEED: '0',
        PYTHONDONTWRITEBYTECODE: '1',
        OMP_NUM_THREADS: '1',
        OPENBLAS_NUM_THREADS: '1',
      },
      // A Ctrl-C is for us: this process ends with its input.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.printed = (this.printed + text).slice(-4000)
    })
    this.child.stdin?.on('error', () => undefined)
    this.child.on('error', (error) => {
      this.printed += String(error)
    })
    if (!this.child.stdout) throw new Error('spawn gave no pipes')
    this.replies = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  /** @throws UserError where it says what is wrong, or has ended */
  async call(question: Record<string, unknown>): Promise<unknown> {
    this.child.stdin?.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await this.replies.next()
    if (done) throw await this.ended()
    const reply = JSON.parse(value) as Reply
    if ('reply' in reply) return reply.reply
    const { error, remedy } = reply
    throw new UserError({ message: error, ...(remedy === undefined ? {} : { remedy }) })
  }

  close(): void {
    this.child.stdin?.end()
    this.child.unref()
  }

  private async ended(): Promise<UserError> {
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined)
      await once(this.child, 'close')
    return new UserError({
      message: `the sampler's process (${this.environment.python} -m blacksmith.sweeps) has ended: ${this.printed.trim() || 'without a word'}`,
      remedy: 'run the same command again: trials that are done are in the store',
    })
  }
}
