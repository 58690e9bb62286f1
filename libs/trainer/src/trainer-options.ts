import type { Environment } from '@blacksmith/environments'
import type { TrainerEvent } from '@blacksmith/protocol'

/** How a trainer is started, and who listens to it. */
export interface TrainerOptions {
  environment: Environment
  /** Folders that Python imports from besides the environment. */
  pythonPath: string[]
  cwd: string
  /** All its variables but those by which it is started; see trainer-variables.ts. */
  env: NodeJS.ProcessEnv
  /** Paths that the process sees, and those by which people know them. */
  shownAs?: readonly (readonly [path: string, known: string])[]
  /** What goes before the Python command: the supervisor with its options. */
  command?: string[]
  /** Descriptors that the process inherits, from number 5 on. */
  inheritFds?: number[]
  /** Aborted: the trainer is asked to write a checkpoint and end. */
  signal: AbortSignal
  onEvent: (event: TrainerEvent) => void
  /** Whole lines of what the trainer prints, without colours. */
  onOutput: (line: string) => void
}
