import { readFileSync } from 'node:fs'
import { git } from './git'

/** What the changed files are counted against: a commit, or nothing that could be trusted. */
export type Base = { since: string; because: string } | Everything

interface Everything {
  everything: true
  because: string
}

/**
 * Decides what a change is measured against. Whenever that cannot be known, the answer is everything, with the
 * reason: training too much costs time, training too little ships a model that nobody has measured.
 *
 * @param asked the commit that the command line names, which goes before all that the environment says
 */
export function decideBase(workspaceRoot: string, asked: string | undefined, env: NodeJS.ProcessEnv): Base {
  const inTree = git(workspaceRoot, 'rev-parse', '--is-inside-work-tree')
  if (!inTree.ok) return everything(`this is no git work tree (${inTree.error})`)
  if (!git(workspaceRoot, 'rev-parse', '--verify', 'HEAD').ok) return everything('there is no commit yet')
  if (git(workspaceRoot, 'rev-parse', '--is-shallow-repository').output === 'true') {
    return everything('this clone is shallow; fetch the whole history (fetch-depth: 0) to compare')
  }
  const named = namedBase(asked, env)
  if (named === undefined) return fromMain(workspaceRoot)
  return 'everything' in named ? named : fromNamed(workspaceRoot, named)
}

interface Named {
  commit: string
  by: string
}

/**
 * The base that a person, Nx's own variable or the CI service names. What is there and says nothing was meant to name
 * one: a script's empty variable must not pass for "no hint".
 */
function namedBase(asked: string | undefined, env: NodeJS.ProcessEnv): Named | Everything | undefined {
  if (asked !== undefined) return named(asked, '--base')
  if (env.NX_BASE !== undefined) return named(env.NX_BASE, 'NX_BASE')
  // These two are empty or not there where the build is of no pull request or merge request.
  if (env.GITHUB_BASE_REF) return named(`origin/${env.GITHUB_BASE_REF}`, 'GITHUB_BASE_REF')
  const { CI_MERGE_REQUEST_DIFF_BASE_SHA: mergeRequest, CI_COMMIT_BEFORE_SHA: before } = env
  if (mergeRequest) return named(mergeRequest, 'CI_MERGE_REQUEST_DIFF_BASE_SHA')
  if (env.GITHUB_EVENT_PATH !== undefined) return pushedFrom(env.GITHUB_EVENT_PATH)
  return before === undefined ? undefined : named(before, 'CI_COMMIT_BEFORE_SHA')
}

function named(commit: string, by: string): Named | Everything {
  return commit.trim() === '' ? everything(`${by} is empty`) : { commit, by }
}

/** What a branch pointed to before a push to it, from the event that GitHub describes in a file. */
function pushedFrom(eventFile: string): Named | Everything {
  if (eventFile === '') return everything('GITHUB_EVENT_PATH is empty')
  const event = `the event in ${eventFile} (GITHUB_EVENT_PATH)`
  try {
    const described = JSON.parse(readFileSync(eventFile, 'utf8')) as { before?: unknown } | null
    const before = described?.before
    if (typeof before === 'string') return named(before, 'the push')
    return everything(`${event} names no commit before it`)
  } catch (error) {
    return everything(`${event} cannot be read: ${(error as Error).message}`)
  }
}

function fromNamed(workspaceRoot: string, { commit, by }: Named): Base {
  // Forty zeros: the branch, or the repository, was not there before.
  if (/^0+$/.test(commit)) return everything(`${by} says that this branch is new: there is nothing before it`)
  const known = git(workspaceRoot, 'rev-parse', '--verify', '--end-of-options', `${commit}^{commit}`)
  if (!known.ok) return everything(`${by} names ${commit}, which is not in this clone`)
  const common = git(workspaceRoot, 'merge-base', known.output, 'HEAD')
  if (!common.ok) return everything(`${by} names ${commit}, which shares no history with HEAD`)
  return { since: common.output, because: `${by} names ${commit}` }
}

/** Without a hint: where this branch left main; on main itself, what is not committed or else the last commit. */
function fromMain(workspaceRoot: string): Base {
  const branches = ['origin/main', 'main', 'origin/master', 'master']
  const main = branches.find((branch) => git(workspaceRoot, 'rev-parse', '--verify', branch).ok)
  if (!main) return everything('there is no branch main or master to compare with; name a commit by --base')
  const head = git(workspaceRoot, 'rev-parse', 'HEAD').output
  const common = git(workspaceRoot, 'merge-base', main, 'HEAD')
  if (!common.ok) return everything(`HEAD shares no history with ${main}`)
  if (common.output !== head) return { since: common.output, because: `this branch left ${main} there` }
  const status = git(workspaceRoot, 'status', '--porcelain')
  if (!status.ok) return everything(`git cannot tell what has changed (${status.error})`)
  if (status.output !== '') {
    return { since: head, because: 'it is the last commit, and the work tree has changes' }
  }
  const parent = git(workspaceRoot, 'rev-parse', '--verify', 'HEAD~1')
  if (!parent.ok) return everything('this is the first commit')
  return { since: parent.output, because: `it is the commit before HEAD, and HEAD is on ${main}` }
}

function everything(because: string): Everything {
  return { everything: true, because }
}
