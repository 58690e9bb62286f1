import { list, oneOf, path, program, seconds, text, type ValueKind, wholeNumber, yes } from './value-kinds'

/** A variable: what it means, how it is read, and what holds without it. */
export interface Setting<T = unknown> {
  kind: ValueKind<T & {}>
  meaning: string
  /** The value where it is not set. */
  otherwise: T
  /** What holds where it is not set, in words. */
  without: string
  /** The folders whose code reads it, in whatever language. */
  readIn: readonly string[]
}

/** What people set: where and how work is done, in no key but for `BLACKSMITH_PYTHON` and `BLACKSMITH_BOX`. */
export const settings = {
  BLACKSMITH_HOME: optional(path, {
    meaning: 'the store, the environments and what is in work',
    without: '`blacksmith` in `$XDG_CACHE_HOME`, else in `~/.cache`',
    readIn: ['libs/store'],
  }),
  BLACKSMITH_PYTHON: optional(program, {
    meaning: 'an interpreter that has all packages, for every target; nothing is installed into it',
    without: 'an environment is made from the pinned requirements',
    readIn: ['libs/devices', 'libs/identity', 'libs/trainer'],
  }),
  BLACKSMITH_DEVICE: withDefault(list, [], {
    meaning: 'ids out of `blacksmith devices` to choose from: `0000:02:00.0`, `GPU-…`, `cpu0,cpu1`',
    without: 'any',
    readIn: ['libs/devices'],
  }),
  BLACKSMITH_WAIT: optional(seconds, {
    meaning: 'seconds to wait for a device',
    without: 'for ever',
    readIn: ['libs/devices'],
  }),
  BLACKSMITH_LEASE_DIR: withDefault(path, '/run/lock/blacksmith', {
    meaning: 'the directory of leases; all users must set the same',
    without: '`/run/lock/blacksmith`',
    readIn: ['libs/devices'],
  }),
  BLACKSMITH_RESET: withDefault(yes, false, {
    meaning: '`1`: a Tenstorrent card that is sick may be reset',
    without: 'it is set aside',
    readIn: ['libs/devices'],
  }),
  BLACKSMITH_GPU_IDS: withDefault(oneOf('uuid', 'index'), 'uuid', {
    meaning: '`index`: number GPUs as CUDA does, for libraries that cannot read UUIDs',
    without: '`uuid`',
    readIn: ['libs/devices'],
  }),
  BLACKSMITH_STOP_GRACE: withDefault(seconds, 30, {
    meaning: 'seconds from a stop to the end of everything that is left',
    readIn: ['libs/devices', 'libs/trainer', 'tools/executors'],
  }),
  BLACKSMITH_START_SECONDS: withDefault(seconds, 600, {
    meaning: 'seconds that a trainer may take until it speaks',
    readIn: ['libs/trainer'],
  }),
  BLACKSMITH_CHECKPOINT_SECONDS: withDefault(seconds, 25, {
    meaning: 'seconds between two checkpoints: about what a kill loses',
    readIn: ['libs/python'],
  }),
  BLACKSMITH_KEEP_EVERY_STEPS: optional(wholeNumber, {
    meaning: 'keep the checkpoint of each so many steps, beside the last ones',
    without: 'the last ones',
    readIn: ['libs/python'],
  }),
  BLACKSMITH_TENSORBOARD: optional(path, {
    meaning: 'a folder to which a training writes event files as it goes on',
    without: 'none',
    readIn: ['libs/task'],
  }),
  BLACKSMITH_TIMING: withDefault(yes, false, {
    meaning: '`1`: tell what the time to the first step is made of',
    without: 'nothing',
    readIn: ['libs/task'],
  }),
  BLACKSMITH_BOX: withDefault(oneOf('on', 'off'), 'on', {
    meaning: '`off`: leave the box away; the result has a key of its own',
    without: 'the trainer is enclosed',
    readIn: ['libs/identity'],
  }),
  BLACKSMITH_FRESH: withDefault(yes, false, {
    meaning: '`1`: do the work anew even if the store has it; Nx’s cache is asked before',
    without: 'the store is asked',
    readIn: ['libs/task'],
  }),
  BLACKSMITH_DEVICE_ROOT: optional(path, {
    meaning: 'a folder with `sys`, `dev` and `proc` to look for hardware in, for tests',
    without: 'the machine’s own',
    readIn: ['libs/devices', 'libs/task'],
  }),
  BLACKSMITH_NVML: optional(program, {
    meaning: 'another NVML library, for tests',
    without: '`libnvidia-ml.so.1`',
    readIn: ['libs/devices'],
  }),
  BLACKSMITH_CHROMIUM: optional(path, {
    meaning: 'the browser of the end-to-end tests',
    without: 'one is looked for',
    readIn: ['e2e'],
  }),
}

/** What Blacksmith tells its own processes; whoever sets them gains nothing. */
export const internalSettings = {
  BLACKSMITH_ASK_STORE: withDefault(yes, false, {
    meaning:
      'from the hook to the executor: Nx’s cache is off because of flags, not because a person said so',
    without: 'not set',
    readIn: ['libs/task'],
  }),
  BLACKSMITH_DRAFTS: optional(text, {
    meaning: 'from the hook to the executor: the digests that Nx has hashed',
    without: 'not set',
    readIn: ['tools/executors'],
  }),
  BLACKSMITH_EVENTS_FD: optional(wholeNumber, {
    meaning: 'to the trainer: the descriptor of its events',
    without: 'they are printed',
    readIn: ['libs/python'],
  }),
  BLACKSMITH_CONTROL_FD: optional(wholeNumber, {
    meaning: 'to the trainer: the descriptor that closes when its starter is gone',
    without: 'none is watched',
    readIn: ['libs/python'],
  }),
  BLACKSMITH_LEASE: optional(text, {
    meaning: 'to all processes of a run: the name of its lease',
    without: 'not set',
    readIn: ['native'],
  }),
}

type Words = Pick<Setting, 'meaning' | 'without' | 'readIn'>

function optional<T extends {}>(kind: ValueKind<T>, words: Words): Setting<T | undefined> {
  return { kind, otherwise: undefined, ...words }
}

function withDefault<T extends {}>(
  kind: ValueKind<T>,
  otherwise: NoInfer<T>,
  words: Omit<Words, 'without'> & Partial<Words>,
): Setting<T> {
  return { kind, otherwise, without: String(otherwise), ...words }
}
