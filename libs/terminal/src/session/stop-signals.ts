import { spawn } from 'node:child_process'

/** The first one stops the work after a checkpoint, later ones force its end. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How a process was asked to stop; `disconnect`: whoever started it is gone. */
export type StopSignal = (typeof signals)[number] | 'disconnect'

/**
 * Notifies of each request to stop this process.
 *
 * Nx ends a tree of processes from its leaves: it signals those that have no child, waits until they are gone, and goes
 * on with their parents. So the trainer would hear of a stop long before us, and we never where it does not listen. A
 * child that does nothing hears it for us.
 *
 * @returns ends the listening
 */
export function onStopSignal(notify: (signal: StopSignal) => void): () => void {
  const listeners = signals.map((signal) => [signal, () => notify(signal)] as const)
  for (const [signal, listener] of listeners) process.on(signal, listener)
  // After a kill -9 of nx this is all that its forked executor hears.
  const gone = () => notify('disconnect')
  process.on('disconnect', gone)
  // It ends with its input, and so with this process, however that ends. No variable of ours: nobody takes it for a run.
  const leaf = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'], env: { PATH: process.env.PATH } })
  leaf.once('exit', (_, signal) => {
    if (signal === 'SIGTERM' || signal === 'SIGHUP') notify(signal)
  })
  // Without it signals reach us as late as nx sends them.
  leaf.once('error', () => undefined)
  leaf.stdin.once('error', () => undefined)
  leaf.unref()
  return () => {
    leaf.removeAllListeners('exit')
    leaf.stdin.end()
    for (const [signal, listener] of listeners) process.off(signal, listener)
    process.off('disconnect', gone)
  }
}
