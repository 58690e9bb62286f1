import { readFileSync } from 'node:fs'
import { git } from './git'

/** What the changed files are counted against: a commit, or nothing that could be trusted. */
export type Base = { since: string; because: string } | { everything: true; because: string }

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
  return named ? fromNamed(workspaceRoot, named) : fromMain(workspaceRoot)
}

interface Named {
  commit: string
  by: string
}

/** The base that a person, Nx's own variable or the CI service names. */
function namedBase(asked: string | undefined, env: NodeJS.ProcessEnv): Named | undefined {
  if (asked) return { commit: asked, by: '--base' }
  if (env.NX_BASE) return { commit: env.NX_BASE, by: 'NX_BASE' }
  if (env.GITHUB_BASE_REF) return { commit: `origin/${env.GITHUB_BASE_REF}`, by: 'GITHUB_BASE_REF' }
  if (env.CI_MERGE_REQUEST_DIFF_BASE_SHA) {
    return { commit: env.CI_MERGE_REQUEST_DIFF_BASE_SHA, by: 'CI_MERGE_REQUEST_DIFF_BASE_SHA' }
  }
  const before = pushedFrom(env.GITHUB_EVENT_PATH) ?? env.CI_COMMIT_BEFORE_SHA
  return before ? { commit: before, by: 'the push' } : undefined
}

/** What a branch pointed to before a push to it, from the event that GitHub describes in a file. */
function pushedFrom(eventFile: string | undefined): string | undefined {
  if (!eventFile) return undefined
  try {
    const { before } = JSON.parse(readFileSync(eventFile, 'utf8')) as { before?: unknown }
    return typeof before === 'string' ? before : undefined
  } catch {
    // Without a readable event the base is found as it is on a person's machine.
    return undefined
  }
}

function fromNamed(workspaceRoot: string, { commit, by }: Named): Base {
  // Forty zeros: the branch, or the repository, was not there before.
  if (/^0+$/.test(commit)) return everything(`${by} created this branch, so there is nothing before it`)
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
  if (git(workspaceRoot, 'status', '--porcelain').output !== '') {
    return { since: head, because: 'it is the last commit, and the work tree has changes' }
  }
  const parent = git(workspaceRoot, 'rev-parse', '--verify', 'HEAD~1')
  if (!parent.ok) return everything('this is the first commit')
  return { since: parent.output, because: `it is the commit before HEAD, and HEAD is on ${main}` }
}

function everything(because: string): Base {
  return { everything: true, because }
}
