/**
 * Hashes the files it is sent, one message at a time. Plain JavaScript, so that a worker thread can start it
 * under any loader; reads are synchronous, since the thread has nothing else to do.
 */
const { createHash } = require('node:crypto')
const { closeSync, openSync, readSync } = require('node:fs')
const { parentPort } = require('node:worker_threads')

const buffer = Buffer.allocUnsafeSlow(1 << 20)

parentPort.on('message', (paths) => {
  parentPort.postMessage(paths.map(digest))
})

function digest(path) {
  try {
    const fd = openSync(path, 'r')
    try {
      const hash = createHash('sha256')
      for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
        hash.update(buffer.subarray(0, read))
      }
      return hash.digest('hex')
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    return { code: error.code, message: error.message }
  }
}
