import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { hashFile } from '@blacksmith/config/header'

/** A file to hash and how much work it is. */
export interface Task {
  file: string
  bytes: number
}

/** Below this much work starting threads, a tenth of a second, costs more than it saves. */
const smallBytes = 64 << 20
const smallCount = 512
const mostWorkers = 8
/** Files travel to a thread in batches of about so much. */
const batchBytes = 4 << 20
const batchCount = 256

/** The SHA-256 of each file in hex, in the order given, on as many cores as help. */
export async function hashFiles(tasks: readonly Task[]): Promise<string[]> {
  const bytes = tasks.reduce((sum, task) => sum + task.bytes, 0)
  if (bytes < smallBytes && tasks.length < smallCount) return hashHere(tasks)
  return hashInThreads(tasks)
}

async function hashHere(tasks: readonly Task[]): Promise<string[]> {
  const digests: string[] = []
  for (const { file } of tasks) digests.push(await hashFile(file))
  return digests
}

type Reply = (string | { code?: string; message: string })[]

async function hashInThreads(tasks: readonly Task[]): Promise<string[]> {
  const digests: string[] = new Array(tasks.length)
  const batches = inBatches(tasks)
  const count = Math.min(availableParallelism(), mostWorkers, batches.length)
  const workers = Array.from({ length: count }, () => new Worker(join(__dirname, 'hash-worker.cjs')))
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let batch = batches.shift(); batch; batch = batches.shift()) {
          const reply = await ask(
            worker,
            batch.map((index) => tasks[index]?.file ?? ''),
          )
          batch.forEach((index, at) => {
            digests[index] = digestIn(reply[at], tasks[index]?.file ?? '')
          })
        }
      }),
    )
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return digests
}

/** Indices of the tasks, the largest first, so that no thread is left alone with a big file at the end. */
function inBatches(tasks: readonly Task[]): number[][] {
  const order = tasks.map((_, index) => index).sort((a, b) => (tasks[b]?.bytes ?? 0) - (tasks[a]?.bytes ?? 0))
  const batches: number[][] = []
  let batch: number[] = []
  let bytes = 0
  for (const index of order) {
    batch.push(index)
    bytes += tasks[index]?.bytes ?? 0
    if (bytes < batchBytes && batch.length < batchCount) continue
    batches.push(batch)
    batch = []
    bytes = 0
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

function ask(worker: Worker, files: string[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      finish()
    }
    const onMessage = (reply: Reply) => settle(() => resolve(reply))
    const onError = (error: Error) => settle(() => reject(error))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.postMessage(files)
  })
}

function digestIn(digest: Reply[number] | undefined, path: string): string {
  if (typeof digest === 'string') return digest
  const message = digest?.message ?? 'a hashing thread gave no answer'
  throw Object.assign(new Error(message), { code: digest?.code, path })
}
