import type { ServerResponse } from 'node:http'

const mostClients = 64
/** A client that reads slower than this is left out of an event; the next one holds all that it needs. */
const mostPending = 1 << 20

/** Server-sent events: the newest value of each kind goes to everyone who listens, and to those who come later. */
export class EventHub {
  private readonly clients = new Set<ServerResponse>()
  private readonly newest = new Map<string, string>()

  get listeners(): number {
    return this.clients.size
  }

  /** Keeps a response open and sends it what was sent last. False when there are too many already. */
  connect(response: ServerResponse): boolean {
    if (this.clients.size >= mostClients) return false
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    // The browser asks again by itself after this many milliseconds when the connection breaks.
    response.write('retry: 1000\n\n')
    for (const message of this.newest.values()) response.write(message)
    this.clients.add(response)
    response.on('close', () => this.clients.delete(response))
    return true
  }

  /** Sends to everyone, unless it is what they were sent before. */
  publish(kind: string, value: unknown): void {
    // JSON holds no line breaks, so one `data:` line is one message.
    const message = `event: ${kind}\ndata: ${JSON.stringify(value)}\n\n`
    if (this.newest.get(kind) === message) return
    this.newest.set(kind, message)
    this.send(message)
  }

  /** A comment that keeps the connection open through whatever sits between. */
  keepAlive(): void {
    this.send(': \n\n')
  }

  close(): void {
    for (const client of this.clients) client.end()
    this.clients.clear()
  }

  private send(message: string): void {
    for (const client of this.clients) if (client.writableLength < mostPending) client.write(message)
  }
}
