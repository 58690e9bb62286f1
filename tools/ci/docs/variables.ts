import { execFileSync } from 'node:child_process'
import { repository } from './pages'

/** An environment variable: what it means, and what holds without it. */
export interface Variable {
  name: string
  meaning: string
  without: string
}

/** What people set. */
export const settings: Variable[] = [
  of(
    'HOME',
    'the store, the environments and what is in work',
    '`blacksmith` in `$XDG_CACHE_HOME`, else in `~/.cache`',
  ),
  of(
    'PYTHON',
    'an interpreter that has all packages, for every target; nothing is installed into it',
    'an environment is made from `libs/python/requirements/`',
  ),
  of('DEVICE', 'ids out of `blacksmith devices` to choose from: `0000:02:00.0`, `GPU-…`, `cpu0,cpu1`', 'any'),
  of('WAIT', 'seconds to wait for a device', 'for ever'),
  of('LEASE_DIR', 'the directory of leases; all users must set the same', '`/run/lock/blacksmith`'),
  of('RESET', '`1`: a Tenstorrent card that is sick may be reset', 'it is set aside'),
  of('GPU_IDS', '`index`: number GPUs as CUDA does, for libraries that cannot read UUIDs', '`uuid`'),
  of('STOP_GRACE', 'seconds from a stop to the end of everything that is left', '30'),
  of('START_SECONDS', 'seconds that a trainer may take until it speaks', '600'),
  of('CHECKPOINT_SECONDS', 'seconds between two checkpoints: what a kill loses at most', '30'),
  of('KEEP_EVERY_STEPS', 'keep the checkpoint of each so many steps, beside the last ones', 'the last ones'),
  of('TENSORBOARD', 'a folder to which a training writes event files as it goes on', 'none'),
  of('TIMING', '`1`: tell what the time to the first step is made of', 'nothing'),
  of('BOX', '`off`: leave the box away; the result has a key of its own', 'the trainer is enclosed'),
  of(
    'FRESH',
    '`1`: do the work anew even if the store has it; Nx’s cache is asked before',
    'the store is asked',
  ),
  of(
    'DEVICE_ROOT',
    'a folder with `sys`, `dev` and `proc` to look for hardware in, for tests',
    'the machine’s own',
  ),
  of('NVML', 'another NVML library, for tests', '`libnvidia-ml.so.1`'),
  of('CHROMIUM', 'the browser of the end-to-end tests', 'one is looked for'),
]

/** What Blacksmith tells its own processes; whoever sets them gains nothing. */
export const internal: Variable[] = [
  of(
    'ASK_STORE',
    'from the hook to the executor: Nx’s cache is off because of flags, not because a person said so',
    'not set',
  ),
  of('DRAFTS', 'from the hook to the executor: the digests that Nx has hashed', 'not set'),
  of('EVENTS_FD', 'to the trainer: the descriptor of its events', 'they are printed'),
  of('CONTROL_FD', 'to the trainer: the descriptor that closes when its starter is gone', 'none is watched'),
  of('LEASE', 'to all processes of a run: the name of its lease', 'not set'),
]

/** Names in the code that look like variables and are none. */
const others = ['BLACKSMITH_REFUSAL']

/** All names that the code reads, sorted. */
export function namesInCode(): string[] {
  const paths = [
    'libs',
    'native',
    'tools',
    'e2e',
    'benchmarks',
    ':!*.md',
    ':!*test*',
    ':!*.e2e.ts',
    ':!tools/ci/docs',
  ]
  const args = ['grep', '-hoE', 'BLACKSMITH_[A-Z_]*[A-Z]', '--', ...paths]
  const found = execFileSync('git', args, { cwd: repository, encoding: 'utf8' })
  return [...new Set(found.trim().split('\n'))].filter((name) => !others.includes(name)).sort()
}

export const variablesPage = 'docs/variables.md'
const marker = /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g

/** The page with its tables as they should be. */
export function withTables(text: string): string {
  const tables: Record<string, string> = { settings: table(settings), internal: table(internal) }
  return text.replace(marker, (_all, begin, name, end) => `${begin}${tables[name]}${end}`)
}

function table(variables: Variable[]): string {
  const rows = variables.map(({ name, meaning, without }) => `| \`${name}\` | ${meaning} | ${without} |\n`)
  return `\n| variable | meaning | without it |\n| --- | --- | --- |\n${rows.join('')}\n`
}

function of(name: string, meaning: string, without: string): Variable {
  return { name: `BLACKSMITH_${name}`, meaning, without }
}
