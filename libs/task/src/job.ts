import type { Environment } from '@blacksmith/environments'
import type { Material } from '@blacksmith/identity'
import type { KeyComponents, Store } from '@blacksmith/store'
import type { SharedStore } from '@blacksmith/store/remotes'
import type { Session } from '@blacksmith/terminal'
import type { Experiment } from './experiment/experiment'
import type { Inputs } from './key/inputs'
import type { TaskRequest } from './request'
import type { Slot } from './slot/slot'

/** A target that is being worked on, for somebody, in a store. */
export interface Work {
  request: TaskRequest
  experiment: Experiment
  store: Store
  /** The store with the remote by which it shares with other machines, if there is one. */
  shared: SharedStore | undefined
  session: Session
  /** What it shares with the trainings before and after it, where there are any. */
  slot?: Slot | undefined
}

/** Everything that a run of the trainer needs, decided. */
export interface Job extends Work {
  environment: Environment
  inputs: Inputs
  material: Material
  /** What it reads of a person's own, data or weights, and its state when its digest was taken. */
  own: { path: string; state: string } | undefined
  components: KeyComponents
  key: string
}
