import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Layout } from '@blacksmith/store'
import { dashboardPage } from '../client/dashboard-page'
import { readLiveRuns } from '../live/live-runs'
import { RunIndex } from '../runs/run-index'
import { admit } from './access'
import { EventHub } from './event-hub'
import { Routes } from './routes'
import { type FactsProvider, watch } from './watch'

/** What the dashboard shows, and where. */
export interface DashboardOptions {
  /** The store: `$BLACKSMITH_HOME`. */
  home: string
  /** The port to begin with; the next one is taken when it is in use. */
  port?: number
  /** Facts about the box, one row each; the first row's fields are the columns of the table. */
  devices?: FactsProvider
  queue?: FactsProvider
}

/** A dashboard that is being served. */
export interface Dashboard {
  /** With the token: whoever has it sees everything, so it goes to nobody else. */
  url: string
  port: number
  close(): Promise<void>
}

const firstPort = 4600
const portsTried = 50

/** Serves the dashboard on this machine only, under an address that nobody can guess. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const layout = new Layout(options.home)
  const token = randomBytes(24).toString('base64url')
  const index = new RunIndex(layout.artifacts)
  const hub = new EventHub()
  const routes = new Routes(index, layout.work, dashboardPage)
  let port = 0
  const server = createServer((request, response) => {
    respond(request, response, { port, token, hub, routes }).catch(() => {
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  port = await listen(server, options.port ?? firstPort)
  // Reading thousands of runs begins before anyone asks, and nobody waits for it.
  void index.refresh().catch(() => undefined)
  const watching = watch(hub, {
    live: () => readLiveRuns(layout.work),
    index,
    devices: options.devices,
    queue: options.queue,
  })
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    port,
    close() {
      watching.stop()
      hub.close()
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

const headers = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

interface Serving {
  port: number
  token: string
  hub: EventHub
  routes: Routes
}

async function respond(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  const admitted = admit(request, serving.port, serving.token)
  if (typeof admitted === 'string') return refuse(response)
  if (admitted.path === 'events') {
    if (!serving.hub.connect(response)) refuse(response, 503)
    return
  }
  const result = await serving.routes.handle(admitted)
  if (result === undefined) return refuse(response)
  response.writeHead(result.status, { 'content-type': result.type })
  response.end(request.method === 'HEAD' ? undefined : result.body)
}

/** The same empty answer to whatever is wrong. */
function refuse(response: ServerResponse, status = 404): void {
  response.writeHead(status, { 'content-length': 0 })
  response.end()
}

async function listen(server: Server, wanted: number): Promise<number> {
  for (let port = wanted; ; port += 1) {
    try {
      return await listenOn(server, port)
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!taken || port >= wanted + portsTried) throw error
    }
  }
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.removeListener('error', reject)
      resolve((server.address() as { port: number }).port)
    })
  })
}
