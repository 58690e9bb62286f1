import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A package index, or a proxy, on this machine. */
export interface StandIn {
  /** Of the index, without the end of the line that pip adds. */
  url: string
  /** What was asked for, one by one. */
  asked: string[]
  close: () => void
}

/** An index that has the wheels of a folder. */
export function startIndex(wheels: string): Promise<StandIn> {
  return start((server, asked) =>
    server.on('request', (request, response) => {
      const path = request.url ?? ''
      asked.push(path)
      const [, name] = path.match(/^\/simple\/([^/]+)\/$/) ?? []
      const files = readdirSync(wheels).filter((file) =>
        name ? file.startsWith(`${name}-`) : path.endsWith(file),
      )
      if (files.length === 0) return response.writeHead(404).end()
      if (!name) return response.end(readFileSync(join(wheels, files[0] ?? '')))
      response.setHeader('Content-Type', 'text/html')
      return response.end(files.map((file) => `<a href="/${file}">${file}</a>`).join('\n'))
    }),
  )
}

/** An index, or a proxy, that breaks off or refuses whatever is asked of it. */
export function startBroken(): Promise<StandIn> {
  return start((server, asked) => {
    server.on('request', (request, response) => {
      asked.push(request.url ?? '')
      response.destroy()
    })
    server.on('connect', (request, socket) => {
      asked.push(request.url ?? '')
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
  })
}

/** An index that takes every question and never answers. */
export function startSilent(): Promise<StandIn> {
  return start((server, asked) => server.on('request', (request) => asked.push(request.url ?? '')))
}

async function start(serve: (server: Server, asked: string[]) => void): Promise<StandIn> {
  const asked: string[] = []
  const server = createServer()
  serve(server, asked)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`, asked, close }
}
