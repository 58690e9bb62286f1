import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { replaceFileSync, setting, UserError, type VariableName } from '@blacksmith/config/header'
import { sha256 } from '@blacksmith/store/integrity'

/** Draft digests of a command's targets: `lightning-mnist:train` → digest. */
export type Drafts = Record<string, string>

/** The variable that says to executors where the drafts of their command are. It is in no hash. */
export const draftsVariable = 'BLACKSMITH_DRAFTS' satisfies VariableName

const folder = '.nx/blacksmith'
/** Of commands of long ago: a training may take days. */
const oldMs = 30 * 24 * 3600 * 1000

/** The file whose content Nx hashes for a target; workspace-relative. */
export function draftFile(project: string, target: string): string {
  return `${folder}/${project}/${target}`
}

/**
 * Writes what Nx hashes, and what the executors of this command compare with: another command may write other digests
 * meanwhile.
 *
 * @returns the file of this command's drafts
 */
export function writeDrafts(workspaceRoot: string, drafts: Drafts): string {
  const text = JSON.stringify(drafts)
  const file = join(workspaceRoot, folder, 'commands', `${sha256(text)}.json`)
  try {
    for (const [task, digest] of Object.entries(drafts)) {
      const [project = '', target = ''] = task.split(':')
      replace(join(workspaceRoot, draftFile(project, target)), digest)
    }
    removeOld(dirname(file))
    replace(file, text)
    const now = new Date()
    utimesSync(file, now, now)
    return file
  } catch (error) {
    throw notWritable(error)
  }
}

/** The digest that Nx has hashed for a task; undefined where the hook did not run for it. */
export function draftOf(task: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const file = setting(draftsVariable, env)
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as Drafts)[task] : undefined
}

/** Without these files Nx would answer by what it hashed before. */
function notWritable(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (!code) return error
  return new UserError(
    {
      file: folder,
      message: `cannot be written (${code}), so Nx does not learn what shapes the results`,
      remedy: 'make the workspace’s .nx writable, or say --skip-nx-cache, which does the work anew',
    },
    { cause: error },
  )
}

/** Whole or not at all, and only if it changes: Nx watches it. */
function replace(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  mkdirSync(dirname(file), { recursive: true })
  replaceFileSync(file, text)
}

function removeOld(commands: string): void {
  if (!existsSync(commands)) return
  for (const name of readdirSync(commands)) {
    const { mtimeMs = 0 } = statSync(join(commands, name), { throwIfNoEntry: false }) ?? {}
    if (Date.now() - mtimeMs > oldMs) rmSync(join(commands, name), { force: true })
  }
}
