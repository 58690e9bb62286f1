import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Workspace } from '../e2e/workspace'

const nx = join(resolve(__dirname, '..'), 'node_modules', 'nx', 'dist', 'bin', 'nx.js')

/** The parts of a request that benchmarks read, or write anew. */
export interface Request {
  target: string
  entry: { file: string }
  /** The copy of the workspace that the run reads. */
  capsule: { tree: string }
  output: string
  records: string
  work: string
  device: { threads: number }
  box?: unknown
}

/** Runs a training to its end and gives the request that stood in its working folder while it went on. */
export async function requestOf(workspace: Workspace, command: string[]): Promise<Request> {
  const training = spawn('node', [nx, ...command], { cwd: workspace.root, env: workspace.environment() })
  const said: string[] = []
  for (const stream of [training.stdout, training.stderr])
    stream.on('data', (text) => said.push(String(text)))
  const ended = new Promise<number | null>((settle) => training.once('exit', settle))
  let found: Request | undefined
  while (training.exitCode === null && training.signalCode === null) {
    found = readRequest(join(workspace.home, 'work')) ?? found
    await delay(50)
  }
  if ((await ended) !== 0 || found === undefined) throw new Error(said.join(''))
  return found
}

function readRequest(folder: string): Request | undefined {
  if (!existsSync(folder)) return undefined
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const file = files.find((path) => path.endsWith('request.json'))
  if (file === undefined) return undefined
  try {
    const request = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Request
    return request.target === 'train' ? request : undefined
  } catch {
    return undefined // just being written, or gone already
  }
}
