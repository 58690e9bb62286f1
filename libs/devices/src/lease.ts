import type { DeviceKind } from '@blacksmith/config'

/**
 * Devices that are ours until `release`, or until the last process that inherited `fds` has ended. How the
 * trainer is started under it:
 *
 * ```ts
 * spawn(lease.command[0], [...lease.command.slice(1), python, '-m', 'blacksmith.training', request], {
 *   env: { ...process.env, ...lease.environment },
 *   stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', ...lease.fds],
 * })
 * ```
 */
export interface Lease {
  readonly kind: DeviceKind
  /** What was given: `cpu0`, a PCI address (`0000:02:00.0`) or a GPU's UUID. In no key. */
  readonly ids: string[]
  /** Binds the trainer to the devices; stale variables of other stacks are removed by the supervisor. */
  readonly environment: Record<string, string>
  /** The supervisor with its options: goes before the trainer's own command. */
  readonly command: string[]
  /** Descriptors that the supervisor must inherit, at any number above 4. */
  readonly fds: number[]
  /** Sentences for people, for instance that the box has fewer cores than the experiment's threads. */
  readonly notes: string[]
  /** Gives the devices back; call it after the supervisor has ended. May be called twice. */
  release(): Promise<LeaseEnd>
}

/** How a lease ended: a device that was not left in order is checked before anybody gets it again. */
export interface LeaseEnd {
  readonly clean: boolean
  /** Why it was not clean. */
  readonly reason?: string
}

export interface LeaseOptions {
  /** Shown to those who wait for the devices. */
  project: string
  target: string
  signal?: AbortSignal
  /** Called with a line for people when the wait begins, and again when the place or the holder changes. */
  onWait?: (line: string) => void
  env?: NodeJS.ProcessEnv
}
