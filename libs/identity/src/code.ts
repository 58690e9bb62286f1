import { existsSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { type Header, isInstalled, type Problem, UserError, workspaceLayout } from '@blacksmith/config/header'
import type { Target } from '@blacksmith/store'
import { entryOf } from './entry'
import { type ImportedFile, ImportReader } from './imports/import-reader'
import { misplaced, watchedRoots } from './misplaced-code'
import { parsedSources } from './parsed-sources'

/** A file that a target's process may read, as it was read once: what is hashed is what is handed over. */
export interface ReadFile {
  /** Workspace-relative, with forward slashes: where it stands in a capsule too. */
  path: string
  /** By which it stands in keys: it does not say where the experiment lies. */
  name: string
  /** SHA-256 of its bytes, in hex. */
  digest: string
  bytes: Buffer
}

/** What the trainer process itself imports; it shapes a training, but not what a preparation computes. */
const runner = 'blacksmith/training/__main__.py'

/** What of it a preparation's random draws follow from: how all is seeded, and how each framework is. */
const seeds = ['blacksmith/training/seeding.py', 'blacksmith/training/frameworks/']

/** The Python of a target. */
export interface Code {
  /** All that its process imports. */
  files: ReadFile[]
  /** What of it is in the target's key: digests by name. */
  digests: Record<string, string>
}

/**
 * The Python files that a target's code imports, directly or not.
 *
 * @throws UserError for imports that cannot be followed, and for files that `nx affected` would pass over
 */
export function readCode(
  workspaceRoot: string,
  target: Target,
  header: Header,
  reader = new ImportReader(parsedSources()),
): Code {
  const { source } = entryOf(workspaceRoot, target, header)
  const { pythonRoots, distribution } = workspaceLayout(workspaceRoot)
  requireDistribution(workspaceRoot, distribution)
  // Experiments share what is prepared, so none of them has a module in it.
  const roots = target === 'prepare-data' ? pythonRoots : [header.directory, ...pythonRoots]
  const watched = watchedRoots(workspaceRoot, roots)
  const closureOf = (...entries: string[]) => {
    const { files, problems } = reader.closure(
      entries.map((file) => join(workspaceRoot, file)),
      roots.map((root) => join(workspaceRoot, root)),
    )
    const all = [...problems, ...files.flatMap(({ path }) => misplaced(path, watched, pythonRoots))]
    if (all.length > 0) throw new UserError(all.map((problem) => inWorkspace(problem, workspaceRoot)))
    return files.map((file) => readFileOf(file, workspaceRoot, header, pythonRoots))
  }
  const files = closureOf(source, `${distribution}/${runner}`)
  const seedsDraws = ({ path }: ReadFile) => seeds.some((each) => path.startsWith(`${distribution}/${each}`))
  const keyed = target === 'prepare-data' ? [...closureOf(source), ...files.filter(seedsDraws)] : files
  refuseOneName(keyed)
  return { files, digests: Object.fromEntries(keyed.map(({ name, digest }) => [name, digest])) }
}

function readFileOf(
  { path, bytes, digest }: ImportedFile,
  workspaceRoot: string,
  { directory }: Header,
  pythonRoots: readonly string[],
): ReadFile {
  const inside = relative(workspaceRoot, path).split(sep).join('/')
  const root = pythonRoots.find((each) => inside.startsWith(`${each}/`)) ?? ''
  const name = inside.startsWith(`${directory}/`)
    ? `experiment/${inside.slice(directory.length + 1)}`
    : `python/${inside.slice(root.length + 1)}`
  return { path: inside, name, digest, bytes }
}

/** Of two files with one name a key would hold one only, and Python might run either. */
function refuseOneName(files: readonly ReadFile[]): void {
  const paths = new Map<string, string>()
  for (const { name, path } of files) {
    const other = paths.get(name)
    if (other !== undefined && other !== path)
      throw new UserError({
        file: path,
        message: `is imported by the same name as ${other}`,
        remedy: 'give one of them another name, or an __init__.py to the folder around each',
      })
    paths.set(name, path)
  }
}

/** Blacksmith's own Python comes with its package; without it nothing runs. */
function requireDistribution(workspaceRoot: string, distribution: string): void {
  if (existsSync(join(workspaceRoot, distribution, runner))) return
  if (!isInstalled(distribution))
    throw new UserError({
      file: `${distribution}/${runner}`,
      message: 'is not there: a package named blacksmith is taken for the Python that runs recipes',
      remedy: 'give a package of your own another name, in nx.json too',
    })
  throw new UserError({
    file: `${distribution}/${runner}`,
    message: 'is not there: the Python that runs recipes is missing',
    remedy: 'npm install --save-dev @blacksmith/python',
  })
}

function inWorkspace(problem: Problem, workspaceRoot: string): Problem {
  return problem.file ? { ...problem, file: relative(workspaceRoot, problem.file) } : problem
}
