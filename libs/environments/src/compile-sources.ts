import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { pythonVariables } from './python-variables'

/** Fewer sources are compiled sooner than a further process has started. */
const leastShare = 500

/**
 * Compiles sources as an import of them does, by as many processes as there are cores. What Python cannot compile,
 * or write, is passed over.
 *
 * @param folder where the bytecode goes, below which each source has the path that it has below `/`
 */
export async function compileSources(
  python: string,
  sources: readonly string[],
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const count = Math.min(availableParallelism(), Math.ceil(sources.length / leastShare))
  const shares = Array.from({ length: count }, (_, share) => sources.filter((__, at) => at % count === share))
  await Promise.all(shares.map((share) => compileShare(python, share, folder, signal)))
}

function compileShare(
  python: string,
  sources: readonly string[],
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isolated = ['-I', '-X', 'utf8', '-X', `pycache_prefix=${folder}`, '-W', 'ignore']
  const compile = ['-m', 'compileall', '-qq', '-f', '--invalidation-mode', 'timestamp', '-i', '-']
  return new Promise((resolve, reject) => {
    const child = spawn(python, [...isolated, ...compile], {
      env: pythonVariables(process.env),
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
      ...(signal ? { signal } : {}),
    })
    child.once('error', reject)
    child.once('close', (code) => {
      // 1: some could not be compiled.
      if (code === 0 || code === 1) resolve()
      else reject(Object.assign(new Error(`${python} ended with ${code}`), { code: 'ECHILD' }))
    })
    // Of a process that has ended its exit code says it.
    child.stdin.on('error', () => undefined)
    child.stdin.end(`${sources.join('\n')}\n`)
  })
}
