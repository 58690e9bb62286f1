import type { DeviceKind } from './device-kinds'

/** Threads change the bytes of a result, so every box takes the same number unless told otherwise. */
export const DEFAULT_THREADS = 2

/** What an experiment is, read from its folder and its experiment.yaml alone. */
export interface Header {
  /** The experiment's folder, workspace-relative, with forward slashes. */
  directory: string
  framework: string
  name: string
  /** `<framework>-<name>` */
  project: string
  description: string
  /** A folder of a package's datasets/. */
  dataset: string
  /** A folder of a package's models/<framework>/. */
  model: string
  /** Kinds it can run on, the preferred first. */
  devices: DeviceKind[]
  threads: number
  /** How many devices one training may use at most; one where it is absent. */
  maxDevices?: number
  /** Whether its recipe drives all devices of a training from one process; else each has a process of its own. */
  mesh?: true
  /** Globs of the files that it reads beside its code, relative to its folder. */
  inputs: string[]
  /** Names of the environment variables that it reads. */
  variables: string[]
  /** Whether its runs may use the network. */
  network: boolean
  /** Names of configs/*.yaml, sorted. */
  configurations: string[]
  /** Names of devices/*.yaml, sorted. */
  deviceOverlays: string[]
}
