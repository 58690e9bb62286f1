import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

  /** A command that runs until `open` is called with the same name: no test depends on how long one takes. */
  untilOpened(name: string): string[] {
    return ['sh', '-c', 'until [ -e "$0" ]; do sleep 0.02; done', this.gate(name)]
  }

  open(name: string): void {
    writeFileSync(this.gate(name), '')
  }

  private gate(name: string): string {
    return join(this.folder, `gate-${name}`)
  }

  /** Ends what is left: killing the executor ends its run. */
  async close(): Promise<void> {
    for (const executor of this.executors) executor.process.kill('SIGKILL')
    await Promise.all(this.executors.map((executor) => executor.ended))
    rmSync(this.folder, { recursive: true })
  }
}
