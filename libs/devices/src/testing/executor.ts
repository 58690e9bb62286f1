/**
 * A process that does what an executor does around a run: leases devices, runs a command under the
 * supervisor, hands SIGTERM on, gives the devices back. It prints what happens as JSON lines on stdout.
 *
 *   jiti executor.ts '{"placement": {…}, "target": "train"}' command…
 */
import { spawn } from 'node:child_process'
import type { Placement } from '@blacksmith/config'
import { leaseDevices } from '../lease'

interface Order {
  placement: Placement
  target?: string
}

const print = (event: string, facts: object = {}) =>
  process.stdout.write(`${JSON.stringify({ event, time: Date.now(), ...facts })}\n`)

async function main([text = '{}', ...command]: string[]): Promise<void> {
  const order = JSON.parse(text) as Order
  const stop = new AbortController()
  process.on('SIGTERM', () => stop.abort(new Error('asked to stop')))
  const lease = await leaseDevices(order.placement, {
    project: 'testing',
    target: order.target ?? 'train',
    signal: stop.signal,
    onWait: (line) => print('waiting', { line }),
  })
  const [program = '', ...args] = [...lease.command(), ...command]
  const child = spawn(program, args, {
    env: { ...process.env, ...lease.environment },
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe', ...lease.fds],
  })
  print('granted', { ids: lease.ids, notes: lease.notes, supervisor: child.pid })
  stop.signal.addEventListener('abort', () => child.kill('SIGTERM'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (...ending) => resolve(ending)),
  )
  print('ended', { code, signal, ...(await lease.release()) })
}

main(process.argv.slice(2)).catch((error: Error) => {
  print('failed', { message: error.message })
  process.exitCode = 1
})
