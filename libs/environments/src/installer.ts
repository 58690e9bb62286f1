import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { lineRedactor } from '@blacksmith/secrets'
import { readLines } from '@blacksmith/text'
import { pythonVariables } from './python-variables'

/** What an installer left behind. */
export interface Ended {
  ok: boolean
  lines: string[]
}

/** Who listens to an installer, and what it holds. */
export interface InstallerOptions {
  /** A descriptor that it inherits: the lock, so that an installer that outlives us still holds it. */
  lock?: number
  onLine?: (line: string) => void
  signal?: AbortSignal | undefined
  /** Beside those of this process. */
  variables?: NodeJS.ProcessEnv
}

/** Settings of pip and uv for other places than the environment that is being made. */
const elsewhere =
  /^(PIP_(USER|TARGET|PREFIX|ROOT|PYTHON|DRY_RUN|REPORT|EDITABLE|REQUIREMENT)|UV_(PYTHON|SYSTEM_PYTHON|TARGET|PREFIX|PROJECT.*|WORKING_DIR.*)|CONDA_PREFIX|PYTHONPYCACHEPREFIX)$/

/** Runs one command to its end. What is not there has failed, in the words of the system. */
export function runInstaller(command: string, args: string[], o: InstallerOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const lines: string[] = []
    // An index that needs a password has it in its URL, which installers print when it cannot be reached.
    const read = async (stream: Readable) => {
      const clean = lineRedactor(process.env, (line) => {
        lines.push(line)
        o.onLine?.(line)
      })
      await readLines(stream, (line) => clean.line(line))
      clean.end()
    }
    const child = spawn(command, args, {
      env: { ...installerVariables(process.env), ...o.variables },
      stdio: ['ignore', 'pipe', 'pipe', ...(o.lock === undefined ? [] : [o.lock])],
    })
    const stop = () => child.kill('SIGTERM')
    if (o.signal?.aborted) stop()
    o.signal?.addEventListener('abort', stop)
    const outputs = Promise.all([child.stdout, child.stderr].map((stream) => stream && read(stream)))
    const end = (ok: boolean) => {
      o.signal?.removeEventListener('abort', stop)
      resolve({ ok, lines })
    }
    child.once('error', (error) => {
      lines.push(error.message)
      end(false)
    })
    child.once('close', (code) => void outputs.then(() => end(code === 0)))
  })
}

function installerVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(pythonVariables(env)).filter(([name]) => !elsewhere.test(name))
  // `user = true` in a person's pip.conf would send everything past the environment.
  return { ...Object.fromEntries(kept), PIP_USER: '0', PIP_NO_INPUT: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
}
