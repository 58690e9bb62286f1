/** What the addon gives. native/addon only converts types: behaviour is documented in native/core's headers. */
export interface Addon {
  flock(fd: number, mode: 'shared' | 'exclusive'): boolean
  exchange(first: string, second: string): void
  usableCores(roots?: Roots): number[]
  cpuQuota(roots?: Roots): number | null
  landlock(): LandlockSupport
  LeaseRequest: new (directory: string, needs: Need[], project: string, target: string) => LeaseRequest
  readRecord(fd: number): HolderRecord
  clearMark(fd: number): void
  quarantine(fd: number, reason: string, remedy: string): void
  finishRecord(fd: number): HolderRecord
  endLeftovers(lease: string): Promise<{ killed: Process[]; remaining: Process[] }>
  takeInventory(roots?: Roots): Promise<Inventory>
  inspect(unit: string, thorough: boolean, roots?: Roots): Promise<Inspection>
  survey(directory: string): Promise<Survey>
  listTree(root: string, skip: string[]): Promise<Buffer>
  Sampler: new (
    file: string,
    units: string[],
    cores: number[],
    intervalMilliseconds: number,
    roots?: Roots,
  ) => { stop(): void }
}

/** Where hardware is looked for; each defaults to the machine's own. */
export interface Roots {
  sys?: string
  dev?: string
  proc?: string
  nvml?: string
}

/** Whether the kernel can keep a process to the files that rules name. */
export interface LandlockSupport {
  /** The version of its interface: 1 for files, 4 for TCP too; 0 where there is none. */
  abi: number
  /** Why there is none; empty where there is. */
  reason: string
}

export interface Need {
  candidates: string[]
  count: number
}

/** Errors with a remedy for people carry this code. */
export const refusalCode = 'BLACKSMITH_REFUSAL'

export interface LeaseRequest {
  readonly lease: string
  /** The devices, in the needs' order, or none when it has to wait. */
  attempt(except: string[]): HeldDevice[]
  waiting(): Waiting
  /** Gives up the place in the queue. */
  leave(): void
}

/** `fd` is the caller's to close. */
export interface HeldDevice {
  name: string
  fd: number
  writable: boolean
  before: HolderRecord
  /** It was not left in order, or is known to be sick. */
  needsCheck: boolean
}

export interface Waiting {
  ahead: number
  busy: BusyDevice[]
  undecided: boolean
}

export interface BusyDevice {
  name: string
  holder: HolderRecord
  processes: Process[]
  /** Executor and supervisor are dead, and something that they started holds the device still. */
  abandoned: boolean
}

export interface Process {
  pid: number
  command: string
}

export interface HolderRecord {
  state: 'none' | 'leased' | 'running' | 'ended' | 'dirty' | 'quarantined'
  lease: string
  host: string
  executor: LivingProcess
  supervisor: LivingProcess | null
  uid: number
  project: string
  target: string
  since: number
  reason: string
  remedy: string
  description: string
}

export interface LivingProcess {
  pid: number
  life: 'alive' | 'stopped' | 'dead' | 'unknown'
}

export interface Fault {
  reason: string
  remedy: string
}

export interface Inventory {
  units: Unit[]
  /** By the kind: what its driver says of itself, each empty where it says nothing. */
  drivers: Record<string, { version: string; problem: string }>
}

/** What is leased as one: a board, however many devices it shows. */
export interface Unit {
  name: string
  kind: string
  devices: CardDevice[]
}

/** Texts are empty where the driver does not say. */
export interface CardDevice {
  kind: string
  id: string
  model: string
  architecture: string
  serial: string
  firmware: string
  pciAddress: string
  node: string
  chips: number
  mig: boolean
  fault: Fault | null
}

export interface Inspection {
  strangers: Process[]
  fault: Fault | null
}

export interface Survey {
  held: BusyDevice[]
  marked: BusyDevice[]
  waiters: { number: number; holder: HolderRecord; needs: Need[] }[]
}
