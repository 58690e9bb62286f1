import { UserError } from '@blacksmith/config'
import { startDashboard } from '@blacksmith/dashboard'
import { listDevices, listQueue } from '@blacksmith/devices'
import { storeHome } from '@blacksmith/store'
import { Command } from 'commander'

/** `blacksmith dashboard`: a page on this machine with the live runs, the past ones and the devices. */
export function dashboardCommand(): Command {
  return new Command('dashboard')
    .description('serve a page on this machine: live runs, past runs, devices, the queue')
    .option('--port <number>', 'the port to begin with; the next free one is taken', portNumber)
    .action(async ({ port }: { port?: number }) => {
      const dashboard = await startDashboard({
        home: storeHome(),
        devices: async () =>
          (await listDevices()).map(({ kind, id, model, state, detail }) => ({
            kind,
            id,
            model,
            state,
            detail,
          })),
        queue: async () => {
          const { holders, waiters } = await listQueue()
          return [...holders, ...waiters].map(({ place, devices, project, target, pid }) => ({
            place: place === 0 ? 'holds' : place,
            devices: devices.join(', '),
            project,
            target,
            process: String(pid),
          }))
        },
        ...(port ? { port } : {}),
      })
      console.log(`${dashboard.url}\nStop it with Ctrl-C.`)
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => void dashboard.close().then(() => process.exit(0)))
      }
    })
}

function portNumber(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port
  throw new UserError({
    flag: `--port=${text}`,
    message: 'is not a port',
    remedy: 'write a whole number from 1 to 65535, or leave it out',
  })
}
