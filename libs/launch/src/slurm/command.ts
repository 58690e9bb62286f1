import { execFile } from 'node:child_process'
import { UserError } from '@blacksmith/config'
import { Unanswered } from '../launcher'

/** A controller that is gone answers after its own timeouts, of which there are several. */
const longestMs = 60_000

/** What its programs say when the controller cannot be reached. */
const away =
  /unable to contact slurm controller|socket timed out|connection refused|zero bytes were transmitted|transport endpoint|unexpected message|communication|authentication.*(plugin|failure)|munge|resource temporarily unavailable|try again/i

/** One of Slurm's programs has refused. */
export class Refused extends Error {}

/**
 * Runs one of Slurm's programs.
 *
 * @param input for its standard input
 * @throws Unanswered where the controller does not answer
 * @throws Refused with what it said
 * @throws UserError where there is no such program
 */
export function slurmCommand(
  program: string,
  args: readonly string[],
  o: { input?: string; cwd?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        timeout: longestMs,
        killSignal: 'SIGKILL',
        maxBuffer: 1 << 28,
        env: commandVariables(process.env),
        ...(o.cwd ? { cwd: o.cwd } : {}),
      },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout)
        const said = stderr.trim() || error.message
        if (error.code === 'ENOENT') return reject(missing(program))
        if (error.killed) return reject(new Unanswered(`${program} took longer than ${longestMs / 1000} s`))
        reject(away.test(said) ? new Unanswered(said) : new Refused(said))
      },
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(o.input ?? '')
  })
}

/** A job has the person's variables, as with any sbatch; not those of the nx that asks, nor of a job that this is in. */
export function commandVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(NX_|npm_|FORCE_COLOR$|BLACKSMITH_(DRAFTS|ASK_STORE|LAUNCHER|FRESH)$|SLURM_(?!CONF$))/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)))
}

function missing(program: string): UserError {
  return new UserError({
    message: `there is no ${program} here, and BLACKSMITH_LAUNCHER asks for Slurm`,
    remedy:
      'give the command on a login node, load Slurm’s module, or unset BLACKSMITH_LAUNCHER to run it here',
  })
}
