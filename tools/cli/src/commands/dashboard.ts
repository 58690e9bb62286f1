import { startDashboard } from '@blacksmith/report'
import { storeHome } from '@blacksmith/store'
import { Command } from 'commander'

/** `blacksmith dashboard`: a page on this machine with the live runs, the past ones and the devices. */
export function dashboardCommand(): Command {
  return new Command('dashboard')
    .description('serve a page on this machine: live runs, past runs, devices, the queue')
    .option('--port <number>', 'the port to begin with; the next free one is taken', Number)
    .action(async ({ port }: { port?: number }) => {
      const dashboard = await startDashboard({ home: storeHome(), ...(port ? { port } : {}) })
      console.log(`${dashboard.url}\nStop it with Ctrl-C.`)
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => void dashboard.close().then(() => process.exit(0)))
      }
    })
}
