/**
 * What core leases do for trainings that run side by side, each beside the same runs without leases:
 *
 *     npx jiti benchmarks/devices-parallel.ts [rounds]
 *
 * A training is a PyTorch loop of a fixed number of steps in the Lightning environment. "Without leases" starts
 * as many at once, with the thread count that PyTorch chooses by itself: the number of cores.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { leaseDevices } from '@blacksmith/devices'
import { storeHome } from '@blacksmith/store'
import { ensureEnvironment } from '@blacksmith/trainer'
import { median } from './interleaved'

const rounds = Number(process.argv[2] ?? 3)
const trainings = 4
const training = `
import torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512),
                            torch.nn.ReLU(), torch.nn.Linear(512, 10))
optimizer = torch.optim.Adam(model.parameters())
x, y = torch.rand(64, 784), torch.randint(0, 10, (64,))
for _ in range(200):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
`

async function main(): Promise<void> {
  const home = storeHome()
  const { python } = await ensureEnvironment('lightning', {
    workspaceRoot: resolve(__dirname, '..'),
    home,
    onLine: console.log,
  })
  const leases = mkdtempSync(join(tmpdir(), 'leases-'))
  const env = { ...process.env, BLACKSMITH_LEASE_DIR: leases }
  const leased = (threads: number) => async () => {
    const lease = await leaseDevices(
      { kind: 'cpu', count: 1, threads },
      { project: 'benchmark', target: 'train', env },
    )
    const [program = '', ...args] = lease.command
    await run(program, [...args, python, '-c', training], { ...env, ...lease.environment }, lease.fds)
    await lease.release()
  }
  const free = () => run(python, ['-c', training], process.env, [])

  const candidates: Record<string, () => Promise<void>> = {
    'one thread, one after another': () => allOf(leased(1), 1),
    'one thread, 2 at once': () => allOf(leased(1), 2),
    'one thread, 4 at once': () => allOf(leased(1), 4),
    'two threads, one after another': () => allOf(leased(2), 1),
    'two threads, 4 at once': () => allOf(leased(2), 4),
    'no leases, one after another': () => allOf(free, 1),
    'no leases, 4 at once': () => allOf(free, 4),
  }
  const times: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(candidates)) {
      const begin = performance.now()
      await work()
      const seconds = (performance.now() - begin) / 1000
      times[name] = [...(times[name] ?? []), seconds]
      console.log(`round ${round + 1}, ${name}: ${seconds.toFixed(2)} s`)
    }
  }
  rmSync(leases, { recursive: true })
  for (const [name, seconds] of Object.entries(times)) console.log(`${name}: ${median(seconds).toFixed(2)} s`)
  const ratio = (of: string, to: string, most?: number) => {
    const value = median(times[of] ?? []) / median(times[to] ?? [])
    console.log(`${of} / ${to}: ${value.toFixed(2)}${most ? ` (at most ${most})` : ''}`)
  }
  ratio('one thread, 2 at once', 'one thread, one after another', 0.6)
  ratio('one thread, 4 at once', 'one thread, 2 at once', 1.1)
  ratio('two threads, 4 at once', 'two threads, one after another', 1.1)
  ratio('no leases, 4 at once', 'no leases, one after another')
}

/** All trainings, so many at a time, as `nx --parallel` starts them. */
async function allOf(work: () => Promise<void>, atOnce: number): Promise<void> {
  let left = trainings
  const worker = async () => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

function run(program: string, args: string[], env: NodeJS.ProcessEnv, fds: number[]): Promise<void> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe', ...fds] })
  return new Promise((resolve, reject) =>
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`a training ended with ${code}`)),
    ),
  )
}

main()
