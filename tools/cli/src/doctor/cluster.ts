import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type DeviceKind, deviceKinds, isUserError } from '@blacksmith/config'
import type { Check } from '@blacksmith/devices/checks'
import { ensureJobs, type Launching, Unanswered } from '@blacksmith/launch'
import { commandLine } from '@blacksmith/task'

/** How long a job of the doctor may wait for a node: one that is busy is no fault. */
const longestMs = 60_000
/** Clocks that are further apart confuse what is newer. */
const mostSecondsApart = 30

/** Looks at what jobs depend on: the engine, the folder that is shared, and a node of each kind, by a small job there. */
export async function checkCluster(
  workspaceRoot: string,
  launching: Launching,
  home: string,
): Promise<Check[]> {
  const { launcher, cluster } = launching
  const engine = await answers(launching)
  const folder = await ensureJobs(cluster, home).catch((error: Error) => error)
  if (folder instanceof Error) {
    const remedy = 'name a folder that you can write to, and that all nodes see, as folder in cluster.yaml'
    return [engine, { name: 'shared folder', state: 'fault', detail: folder.message, remedy }]
  }
  const shared: Check = { name: 'shared folder', state: 'ok', detail: folder, remedy: null }
  if (engine.state === 'fault') return [engine, shared]
  const kinds = deviceKinds.filter((kind) => cluster.kinds[kind] !== undefined)
  const nodes = await Promise.all(kinds.map((kind) => checkNode(kind, workspaceRoot, folder, launching)))
  return [{ ...engine, detail: `${launcher.name} ${engine.detail}` }, shared, ...nodes]
}

async function answers({ launcher }: Launching): Promise<Check> {
  const name = 'launcher'
  try {
    const jobs = await launcher.look()
    return { name, state: 'ok', detail: `answers; ${jobs.length} jobs of yours`, remedy: null }
  } catch (error) {
    if (isUserError(error)) {
      const [{ message = '', remedy = null } = {}] = error.problems
      return { name, state: 'fault', detail: message, remedy }
    }
    if (!(error instanceof Unanswered)) throw error
    const remedy = 'wait, or ask who runs it; commands wait for it by themselves'
    return { name, state: 'fault', detail: error.message, remedy }
  }
}

/** What a node says of itself, each on a line; a job that never came to a node leaves none. */
const questions = [
  'echo "machine $(hostname)"',
  'echo "clock $(date +%s)"',
  'echo "python $(python3 -c \'import platform; print(platform.python_version())\' 2>&1)"',
]

async function checkNode(
  kind: DeviceKind,
  workspaceRoot: string,
  jobs: string,
  { launcher, cluster }: Launching,
): Promise<Check> {
  const name = `${kind} node`
  const id = randomUUID().slice(0, 8)
  const folder = join(jobs, `doctor-${id}`)
  mkdirSync(folder)
  const answer = join(folder, 'answer')
  const ours = commandLine(workspaceRoot, cluster, ['devices', '--json']).map((word) => `'${word}'`)
  // Our own command loads what is compiled for the machine: an old glibc shows there.
  const script = [
    ...questions,
    `echo "command $(${ours.join(' ')} 2>&1 >devices.json | head -n 1; test -s devices.json && echo well)"`,
  ]
  writeFileSync(join(folder, 'ask.sh'), `{ ${script.join('; ')}; } >partial; mv partial answer\n`)
  const job = { name: `bs-doctor-${id}`, comment: `blacksmith:doctor:${id}` }
  try {
    await launcher.submit({
      ...job,
      command: ['/bin/sh', join(folder, 'ask.sh')],
      folder,
      log: join(folder, 'log'),
      kind,
      count: 1,
      threads: 1,
      avoid: [],
    })
    const asked = Date.now()
    for (let text = read(answer); Date.now() - asked < longestMs; text = read(answer)) {
      if (text !== undefined) return judge(name, text)
      await pause(200)
    }
    await launcher.cancel(job)
    const remedy = 'if none is free now, ask again later; else see that nodes have that folder, and its log'
    return { name, state: 'warning', detail: `no answer in ${folder} within ${longestMs / 1000} s`, remedy }
  } catch (error) {
    if (!isUserError(error)) throw error
    const [{ message = '', remedy = null } = {}] = error.problems
    return { name, state: 'fault', detail: message, remedy: remedy ?? null }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function judge(name: string, text: string): Check {
  const fact = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
  const machine = fact('machine')
  const apart = Math.abs(Number(fact('clock')) - Date.now() / 1000)
  if (!/well$/.test(text.trim()))
    return {
      name,
      state: 'fault',
      detail: `${machine} cannot start our command: ${fact('command')}`,
      remedy: 'give it the Node.js that node in cluster.yaml names, and a system no older than this one',
    }
  if (!/^3\.\d+/.test(fact('python')))
    return {
      name,
      state: 'fault',
      detail: `${machine} has no Python: ${fact('python')}`,
      remedy: 'install Python there, or set BLACKSMITH_PYTHON to one that nodes see',
    }
  if (apart > mostSecondsApart)
    return {
      name,
      state: 'warning',
      detail: `the clocks of ${machine} and ${hostname()} are ${Math.round(apart)} s apart`,
      remedy: 'have them set by NTP',
    }
  return { name, state: 'ok', detail: `${machine}, Python ${fact('python')}`, remedy: null }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
