import {
  address,
  list,
  oneOf,
  path,
  privateKey,
  program,
  publicKeys,
  scope,
  seconds,
  text,
  type ValueKind,
  wholeNumber,
  yes,
} from './value-kinds'

/** A variable: what it means, how it is read, and what holds without it. */
export interface Setting<T = unknown> {
  kind: ValueKind<T & {}>
  meaning: string
  /** The value where it is not set. */
  otherwise: T
  /** What holds where it is not set, in words. */
  without: string
}

/** What people set: where and how work is done, in no key but for `BLACKSMITH_PYTHON` and `BLACKSMITH_BOX`. */
export const settings = {
  BLACKSMITH_HOME: optional(path, {
    meaning: 'the store, the environments and what is in work',
    without: '`blacksmith` in `$XDG_CACHE_HOME`, else in `~/.cache`',
  }),
  BLACKSMITH_REMOTE: optional(address, {
    meaning:
      '`s3://bucket/prefix`, `https://server/folder` or a folder that machines share: what is made is sent there, and looked for before it is made; `off`: none',
    without: 'the option `remote` in nx.json, else none',
  }),
  BLACKSMITH_REMOTE_TOKEN: optional(text, {
    meaning: 'what an `https://` remote knows us by (`Authorization: Bearer …`)',
    without: 'what `~/.netrc` has for the server, else none',
  }),
  BLACKSMITH_REMOTE_SCOPE: withDefault(scope, 'trusted', {
    meaning:
      'where in the remote to write: `trusted`, or `pr-<number>`, which only builds of that pull request read',
    without: '`trusted`',
  }),
  BLACKSMITH_TRUSTED_KEYS: optional(publicKeys, {
    meaning:
      'public keys, separated by commas: of what is `trusted` in the remote only what is signed by one of them is used; `off`: signatures are not asked for',
    without: 'the option `trustedKeys` in nx.json, else signatures are not asked for',
  }),
  BLACKSMITH_SIGNING_KEY: optional(privateKey, {
    meaning: 'the private key (a file in PEM, or its text) that signs what is sent as `trusted`',
    without: 'nothing is signed',
  }),
  BLACKSMITH_REMOTE_CHECKPOINTS: withDefault(yes, false, {
    meaning:
      '`1`: checkpoints of running trainings go to the remote too, and a training that was cut off on another machine goes on from there',
    without: 'they stay on the machine',
  }),
  BLACKSMITH_PYTHON: optional(program, {
    meaning: 'an interpreter that has all packages, for every target; nothing is installed into it',
    without: 'an environment is made from the pinned requirements',
  }),
  BLACKSMITH_LAUNCHER: withDefault(text, 'local', {
    meaning:
      'what runs the work: `local`, this machine, or `slurm`, the cluster that `cluster.yaml` describes',
  }),
  BLACKSMITH_DEVICE: withDefault(list, [], {
    meaning: 'ids out of `blacksmith devices` to choose from: `0000:02:00.0`, `GPU-…`, `cpu0,cpu1`',
    without: 'any',
  }),
  BLACKSMITH_WAIT: optional(seconds, {
    meaning: 'seconds to wait for a device',
    without: 'for ever',
  }),
  BLACKSMITH_LEASE_DIR: withDefault(path, '/run/lock/blacksmith', {
    meaning: 'the directory of leases; all users must set the same',
    without: '`/run/lock/blacksmith`',
  }),
  BLACKSMITH_RESET: withDefault(yes, false, {
    meaning: '`1`: a Tenstorrent card that is sick may be reset',
    without: 'it is set aside',
  }),
  BLACKSMITH_GPU_IDS: withDefault(oneOf('uuid', 'index'), 'uuid', {
    meaning: '`index`: number GPUs as CUDA does, for libraries that cannot read UUIDs',
    without: '`uuid`',
  }),
  BLACKSMITH_STOP_GRACE: withDefault(seconds, 30, {
    meaning: 'seconds from a stop to the end of everything that is left',
  }),
  BLACKSMITH_START_SECONDS: withDefault(seconds, 600, {
    meaning: 'seconds that a trainer may take until it speaks',
  }),
  BLACKSMITH_CHECKPOINT_SECONDS: withDefault(seconds, 25, {
    meaning: 'seconds between two checkpoints: about what a kill loses',
  }),
  BLACKSMITH_KEEP_EVERY_STEPS: optional(wholeNumber, {
    meaning: 'keep the checkpoint of each so many steps, beside the last ones',
    without: 'the last ones',
  }),
  BLACKSMITH_RANK_SECONDS: withDefault(seconds, 60, {
    meaning: 'seconds that one process of a training may be silent until all of them are ended',
  }),
  BLACKSMITH_TENSORBOARD: optional(path, {
    meaning: 'a folder to which a training writes event files as it goes on',
    without: 'none',
  }),
  BLACKSMITH_TIMING: withDefault(yes, false, {
    meaning: '`1`: print what the time to the first step is made of',
    without: 'nothing',
  }),
  BLACKSMITH_BOX: withDefault(oneOf('on', 'off'), 'on', {
    meaning: '`off`: leave the box away; the result has a key of its own',
    without: 'the trainer is enclosed',
  }),
  BLACKSMITH_FRESH: withDefault(yes, false, {
    meaning: '`1`: do the work anew even if the store has it; Nx’s cache is asked before',
    without: 'the store is asked',
  }),
  BLACKSMITH_DEVICE_ROOT: optional(path, {
    meaning: 'a folder with `sys`, `dev` and `proc` to look for hardware in, for tests',
    without: 'the machine’s own',
  }),
  BLACKSMITH_NVML: optional(program, {
    meaning: 'another NVML library, for tests',
    without: '`libnvidia-ml.so.1`',
  }),
  BLACKSMITH_CHROMIUM: optional(path, {
    meaning: 'the browser of the end-to-end tests',
    without: 'one is looked for',
  }),
}

/** What Blacksmith hands to its own processes; whoever sets them gains nothing. */
export const internalSettings = {
  BLACKSMITH_ASK_STORE: withDefault(yes, false, {
    meaning:
      'from the hook to the executor: Nx’s cache is off because of flags, not because a person said so',
    without: 'not set',
  }),
  BLACKSMITH_DRAFTS: optional(text, {
    meaning: 'from the hook to the executor: the digests that Nx has hashed',
    without: 'not set',
  }),
  BLACKSMITH_EVENTS_FD: optional(wholeNumber, {
    meaning: 'to the trainer: the descriptor of its events',
    without: 'they are printed',
  }),
  BLACKSMITH_CONTROL_FD: optional(wholeNumber, {
    meaning: 'to the trainer: the descriptor that closes when its starter is gone',
    without: 'none is watched',
  }),
  BLACKSMITH_RANK: optional(wholeNumber, {
    meaning: 'from the first process of a training to the others: their number',
    without: 'it is the first one',
  }),
  BLACKSMITH_RANK_PIPES: optional(text, {
    meaning: 'likewise: the descriptors by which they reach the first one',
    without: 'not set',
  }),
  BLACKSMITH_LEASE: optional(text, {
    meaning: 'to all processes of a run: the name of its lease',
    without: 'not set',
  }),
}

type Words = Pick<Setting, 'meaning' | 'without'>

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
