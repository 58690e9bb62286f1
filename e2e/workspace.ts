import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { experimentFolders } from '@blacksmith/config/header'
import { storeHome } from '@blacksmith/store'
import { onTerminal, type Seen } from './terminal'

const repository = resolve(__dirname, '..')
/** In ms; only against a command that hangs, which no timeout of the tests themselves would end. */
const longest = 590_000

/** What a command printed, without its colours (on a CI machine nx colours even a file), and how it ended. */
export interface Result {
  status: number | null
  output: string
}

/** Runs a command to its end. */
export function runCommand(
  command: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Result {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: longest,
    killSignal: 'SIGKILL',
  })
  if (error) throw new Error(`${command} ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`)
  return { status, output: stripVTControlCharacters(stdout + stderr) }
}

/** Where a run with flags said that its result stands: of a chain the last one's, `dist/<project>/<run>/<target>`. */
export function outputFolder(output: string): string {
  const folder = [...output.matchAll(/with these flags it stands in (\S+)/g)].at(-1)?.[1]
  if (folder === undefined) throw new Error(`no output folder is printed in:\n${output}`)
  return folder
}

/**
 * A workspace, a copy of ours unless it is filled otherwise, with a store and an Nx cache of its own, in which tests do what a user does. Python
 * environments are shared with the machine's store, since making one takes a minute.
 */
export class Workspace {
  readonly root: string
  readonly home: string
  /** The directory of leases of its runs. */
  readonly leases: string
  private readonly area: string

  constructor(name = 'workspace', fill: (root: string) => void = copyOurs) {
    this.area = mkdtempSync(join(tmpdir(), 'blacksmith-e2e-'))
    this.root = join(this.area, name)
    this.home = join(this.area, 'home')
    this.leases = join(this.area, 'leases')
    mkdirSync(this.root)
    fill(this.root)
    const environments = join(storeHome(), 'envs')
    mkdirSync(environments, { recursive: true })
    this.newStore()
    this.git('init', '--quiet', '--initial-branch=main')
    this.commit('A workspace')
  }

  /** An empty store beside the old one's environments, and beside what all tests' stores know by contents. */
  newStore(): void {
    rmSync(this.home, { recursive: true, force: true })
    mkdirSync(this.home)
    symlinkSync(join(storeHome(), 'envs'), join(this.home, 'envs'))
    // A benchmark has no such folder.
    const { KNOWN_TO_TESTS: known } = process.env
    if (known) for (const name of readdirSync(known)) symlinkSync(join(known, name), join(this.home, name))
  }

  /**
   * Has all experiments run on so many threads of the CPU, by their headers: with flags Nx is not asked, and results
   * stand in folders of their own.
   */
  onCpu(threads: number): void {
    for (const directory of experimentFolders(this.root).values()) {
      const file = `${directory}/experiment.yaml`
      const text = this.read(file).replace(/^threads: .*\n/m, '')
      this.write(file, text.replace(/^devices: .*/m, `devices: [cpu]\nthreads: ${threads}`))
    }
  }

  /** Forgets what Nx itself has cached, so that the store is asked. */
  forgetNxCache(): void {
    rmSync(join(this.area, 'nx'), { recursive: true, force: true })
  }

  environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      ...process.env,
      BLACKSMITH_HOME: this.home,
      BLACKSMITH_LEASE_DIR: this.leases,
      NX_CACHE_DIRECTORY: join(this.area, 'nx', 'cache'),
      NX_WORKSPACE_DATA_DIRECTORY: join(this.area, 'nx', 'data'),
      NX_DAEMON: 'false',
      // Without the daemon each command would start a process for each plugin, for a second of CPU time.
      NX_ISOLATE_PLUGINS: extra.NX_DAEMON === 'true' ? undefined : 'false',
      FORCE_COLOR: undefined,
      NX_TASK_TARGET_PROJECT: undefined,
      ...extra,
    }
  }

  nx(args: string[], extra: NodeJS.ProcessEnv = {}): Result {
    return this.run('nx', args, extra)
  }

  blacksmith(args: string[], extra: NodeJS.ProcessEnv = {}): Result {
    return this.run('blacksmith', args, extra)
  }

  /** nx in the background, for tests that interrupt it; in a group of its own, as a shell starts it. */
  startNx(args: string[], extra: NodeJS.ProcessEnv = {}) {
    return spawn(this.binary('nx'), args, {
      cwd: this.root,
      env: this.environment(extra),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
  }

  /** nx in a terminal of so many columns, as a person sees it. */
  nxOnTerminal(args: string[], columns: number): Promise<Seen> {
    return onTerminal([this.binary('nx'), ...args], { cwd: this.root, env: this.environment(), columns })
  }

  /** The project's own command, in the background. */
  startBlacksmith(args: string[]) {
    return spawn(this.binary('blacksmith'), args, {
      cwd: this.root,
      env: this.environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  private run(command: string, args: string[], extra: NodeJS.ProcessEnv): Result {
    return runCommand(this.binary(command), args, { cwd: this.root, env: this.environment(extra) })
  }

  private binary(command: string): string {
    return this.path('node_modules', '.bin', command)
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=Tests', '-c', 'user.email=tests@localhost']
    return execFileSync('git', [...identity, ...args], { cwd: this.root, encoding: 'utf8' })
  }

  commit(message: string): void {
    this.git('add', '--all')
    this.git('commit', '--quiet', '--message', message)
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  exists(...parts: string[]): boolean {
    return existsSync(this.path(...parts))
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8')
  }

  json<T>(path: string): T {
    return JSON.parse(this.read(path)) as T
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
  }

  /** Changes a file by replacing a piece of text that must be in it. */
  edit(path: string, before: string, after: string): void {
    const text = this.read(path)
    if (!text.includes(before)) throw new Error(`${path} does not contain ${JSON.stringify(before)}`)
    this.write(path, text.replace(before, after))
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true, force: true })
  }

  dispose(): void {
    rmSync(this.area, { recursive: true, force: true })
  }
}

function copyOurs(root: string): void {
  for (const file of trackedFiles()) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    cpSync(join(repository, file), join(root, file))
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
}

/** Files of the repository as they stand, new ones too, without what tests have no use for. */
function trackedFiles(): string[] {
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(repository, file)))
    .filter((file) => !/^(e2e|benchmarks|docs)\//.test(file))
}
