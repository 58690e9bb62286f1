import { lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isInstalled, versionFileIn, workspaceLayout } from '@blacksmith/config/header'
import { redactor } from '@blacksmith/secrets'
import { type GitOutput, git } from './git'
import { mayHoldSecrets } from './secret-files'

/** In bytes. Larger files are written by no hand; where they are inputs, keys hold them by digest anyway. */
const largestFile = 1 << 20
const largestPatch = 8 << 20
/** More new files than anybody writes by hand are data, too. */
const mostNewFiles = 200
/** Of those that are not shown. */
const mostNames = 200
/** Files in one call of git: its command line is limited. */
const batch = 200

/**
 * How the experiments, their Python and their configuration differ from the commit, as a patch; new files that
 * git does not know are in it too. Files that are large or made for secrets are named instead, and secrets elsewhere are
 * blanked, as the patch lies in the store and wherever results are handed on. Empty where nothing differs. Where git
 * fails, its complaint stands in the patch's place: a training does not fail for it, and its records do not look
 * complete.
 */
export async function uncommittedChanges(
  workspaceRoot: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const relevant = relevantFolders(workspaceRoot)
  const [head, changed, others, sizes] = await Promise.all([
    git(workspaceRoot, ['rev-parse', '--verify', 'HEAD']),
    git(workspaceRoot, [
      'diff',
      '--name-only',
      '-z',
      '--no-renames',
      '--relative',
      'HEAD',
      '--',
      ...relevant,
    ]),
    git(workspaceRoot, ['ls-files', '-z', '--others', '--exclude-standard', '--', ...relevant]),
    git(workspaceRoot, ['ls-tree', '-r', '-l', '-z', 'HEAD', '--', ...relevant]),
  ])
  if (head.kind === 'absent') return ''
  const before = sizesIn(sizes)
  const files = [
    ...names(changed).map((path) => ({ path, isNew: false })),
    ...names(others).map((path) => ({ path, isNew: true })),
  ].map((file) => ({ ...file, ...lookAt(join(workspaceRoot, file.path), before.get(file.path) ?? 0) }))
  const { shown, left } = parted(files)
  const patches = [changed, others].filter(({ kind }) => kind === 'failed')
  patches.push(...(await patchesOf(workspaceRoot, shown)))
  const text = patches.map((patch) => (patch.kind === 'absent' ? '' : patch.text)).join('')
  return redactor(env)(text) + namesOf(left)
}

/** What shapes a run, workspace-relative; a diff of the rest of the tree would only hide it. */
export function relevantFolders(workspaceRoot: string): string[] {
  const { experiments, pythonRoots, requirements } = workspaceLayout(workspaceRoot)
  const own = [experiments, ...pythonRoots, ...requirements].filter((folder) => !isInstalled(folder))
  // Where the build system's own source is in the workspace, what a key means is, too.
  const version = versionFileIn(workspaceRoot)
  return [...new Set([...own, ...(version === undefined ? [] : [dirname(version)])])]
}

interface Changed {
  path: string
  isNew: boolean
  /** Whether it is a file or a link: of a repository in the repository git names the folder only. */
  isFile: boolean
  /** The larger of what it is and what it was. */
  bytes: number
}

interface Left extends Changed {
  because: string
}

/** Parts those that the patch shows from those that it names only, with the reason. */
function parted(files: readonly Changed[]): { shown: Changed[]; left: Left[] } {
  const shown: Changed[] = []
  const left: Left[] = []
  let [room, newFiles] = [largestPatch, 0]
  for (const file of files) {
    const because = unfit(file) ?? fullBecause(file, room, newFiles)
    if (because === undefined) {
      shown.push(file)
      room -= file.bytes
      if (file.isNew) newFiles++
    } else left.push({ ...file, because })
  }
  return { shown, left }
}

function unfit({ path, isFile }: Changed): string | undefined {
  if (mayHoldSecrets(path)) return 'it may hold secrets'
  return isFile ? undefined : 'it is no file'
}

function fullBecause({ bytes, isNew }: Changed, room: number, newFiles: number): string | undefined {
  if (bytes > Math.min(largestFile, room)) return `${bytes} bytes`
  return isNew && newFiles >= mostNewFiles ? 'there are many' : undefined
}

async function patchesOf(workspaceRoot: string, files: readonly Changed[]): Promise<GitOutput[]> {
  const patches: GitOutput[] = []
  const known = files.filter(({ isNew }) => !isNew).map(({ path }) => path)
  for (let at = 0; at < known.length; at += batch) {
    const paths = known.slice(at, at + batch)
    patches.push(
      await git(workspaceRoot, ['--literal-pathspecs', 'diff', ...asPatch, 'HEAD', '--', ...paths]),
    )
  }
  for (const { path, isNew } of files) if (isNew) patches.push(await patchOfNew(workspaceRoot, path))
  return patches
}

/** A patch that can be applied, whatever the person's own settings of git are. */
const asPatch = ['--no-ext-diff', '--no-color', '--no-textconv', '--binary']

/** --no-index ends with 1 where files differ, which a new file always does. */
function patchOfNew(workspaceRoot: string, file: string): Promise<GitOutput> {
  return git(workspaceRoot, ['diff', ...asPatch, '--no-index', '--', '/dev/null', file], [1])
}

function namesOf(left: readonly Left[]): string {
  const lines = left
    .slice(0, mostNames)
    .map(({ path, isNew, because }) => `${isNew ? 'new' : 'changed'} file, not shown: ${path} (${because})\n`)
  const more = left.length - mostNames
  return lines.join('') + (more > 0 ? `and ${more} more files, not shown\n` : '')
}

function names(listed: GitOutput): string[] {
  return listed.kind === 'output' ? listed.text.split('\0').filter(Boolean) : []
}

/** Bytes of each file of the commit; of a submodule there are none. */
function sizesIn(tree: GitOutput): Map<string, number> {
  return new Map(
    names(tree).map((line) => {
      const [facts = '', path = ''] = line.split('\t')
      return [path, Number(facts.trim().split(/\s+/)[3]) || 0]
    }),
  )
}

function lookAt(file: string, before: number): Pick<Changed, 'isFile' | 'bytes'> {
  const stats = lstatSync(file, { throwIfNoEntry: false })
  return { isFile: !stats?.isDirectory(), bytes: Math.max(before, stats?.size ?? 0) }
}
