import { fstatSync, writeSync } from 'node:fs'

/** A reader that has seen enough, and a terminal that is gone: nobody misses what is not printed. */
const unheard = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/** The part of a process that prints. */
export type Printing = Pick<NodeJS.Process, 'exitCode'> & {
  stdout: NodeJS.EventEmitter & { fd: number; _write?: (chunk: Buffer, encoding: string, done: Done) => void }
  stderr: NodeJS.EventEmitter & { write(text: string): unknown }
}

type Done = (error?: Error | null) => void

/**
 * Keeps what cannot be printed from ending this process with a stack. Its work goes on where nobody listens any more;
 * where what it says was to be kept (on a disk that is full) it says so once and does not end well.
 */
export function outlastClosedOutput(printing: Printing = process as unknown as Printing): void {
  const { stdout, stderr } = printing
  let reported = false
  stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (reported || unheard.has(code ?? '')) return
    reported = true
    printing.exitCode = 1
    const why = code === 'ENOSPC' ? 'the disk is full' : message
    stderr.write(`the output could not be written: ${why}\n`)
  })
  // There is nowhere left to say it.
  stderr.on('error', () => undefined)
  if (isFile(stdout.fd)) writeWhole(stdout)
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile()
  } catch {
    // It was closed before we began (`>&-`).
    return false
  }
}

/** Node writes to a file once and does not look how much of it has found room. */
function writeWhole(stream: Printing['stdout']): void {
  stream._write = (chunk, _encoding, done) => {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(stream.fd, chunk, at)
      done()
    } catch (error) {
      done(error as Error)
    }
  }
}
