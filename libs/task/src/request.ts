import type { Target } from '@blacksmith/store'
import type { Revision } from './records/revision'

/** What the code is, and how it differs from its commit. */
export interface WorkingTree {
  code: Revision
  changes: string
}

/** What somebody asked for: one target of one experiment, with the flags that shape its result. */
export interface TaskRequest {
  workspaceRoot: string
  /** The experiment's folder, relative to the workspace, with forward slashes. */
  directory: string
  target: Target
  /** An overlay in configs/, or `default`. */
  configuration: string
  /** The draft digest that is in Nx's hash for this target, where Nx may keep the result; see unmoved.ts. */
  draft?: string | undefined
  /** Of the workspace that this one is a copy of, where it is one. */
  tree?: WorkingTree | undefined
  flags: {
    device?: string | undefined
    devices?: number | undefined
    threads?: number | undefined
    /** `--set` entries as they came, in order. */
    set: string[]
  }
}

/** The configuration that stands for "no overlay". */
export const defaultConfiguration = 'default'
