import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningExecutor } from './start-executor'

/** A lease directory of one test's own, and the processes that it starts. */
export class LeaseBox {
  readonly folder = mkdtempSync(join(tmpdir(), 'leases-'))
  readonly env: Record<string, string> = { BLACKSMITH_LEASE_DIR: this.folder }
  private readonly executors: RunningExecutor[] = []

  watch(executor: RunningExecutor): RunningExecutor {
    this.executors.push(executor)
    return executor
  }

  /** Ends what is left: killing the executor ends its run. */
  async close(): Promise<void> {
    for (const executor of this.executors) executor.process.kill('SIGKILL')
    await Promise.all(this.executors.map((executor) => executor.ended))
    rmSync(this.folder, { recursive: true })
  }
}
