import { homedir } from 'node:os'
import { join } from 'node:path'
import { setting, UserError } from '@blacksmith/config/header'

/**
 * Where everything lives that is kept between runs: `$BLACKSMITH_HOME`, else the user's cache folder.
 *
 * @throws UserError where nothing names a folder of the user's
 */
export function storeHome(env: NodeJS.ProcessEnv = process.env): string {
  const named = setting('BLACKSMITH_HOME', env)
  if (named) return named
  // The XDG specification: a relative path in XDG_CACHE_HOME is to be ignored.
  const cache = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(homeOfUser(), '.cache')
  return join(cache, 'blacksmith')
}

/** A container may be started as a user that no list of users has. */
function homeOfUser(): string {
  try {
    return homedir()
  } catch {
    throw new UserError({
      message: `user ${process.getuid?.()} has no name on this machine, and HOME is not set: there is no place for the store`,
      remedy: 'set BLACKSMITH_HOME to a folder that this user can write to',
    })
  }
}

/**
 * Where is kept what was parsed of sources and headers, by content: all clones and commands of a person profit from
 * one. It may vanish at any time.
 */
export function parsedFolder(): string {
  return join(storeHome(), 'graph')
}

/** The folders of a store. The first two digits of a key spread artifacts and locks over sub-folders. */
export class Layout {
  readonly artifacts: string
  readonly staging: string
  readonly broken: string
  readonly downloads: string
  readonly work: string
  /** Read-only copies of what a target may read of its workspace, each a folder named by its digest. */
  readonly capsules: string
  /** Python environments, each a folder named for its pins. */
  readonly environments: string
  /** Copies of large inputs that experiments declare, each a file named by its SHA-256. */
  readonly inputs: string
  /** What is known about files' digests: see IntegrityIndex. */
  readonly index: string
  /** Names, tags and notes: beside the artifacts, never in them. */
  readonly labels: string
  /** When each artifact was last looked up. */
  readonly used: string
  /** The newest run of each project, configuration and target. */
  readonly latest: string
  /** Which runs continue each other: see keysOfLineage. */
  readonly lineages: string
  /** The workspaces whose dist/ folders hold copies of artifacts. */
  readonly workspaces: string
  /** What was sent to each remote, and what is owed to it. */
  readonly remotes: string
  /** What is being deleted; nothing in it is in use. */
  readonly trash: string
  readonly #locks: string

  constructor(readonly home: string) {
    this.artifacts = join(home, 'artifacts')
    this.staging = join(home, 'staging')
    this.broken = join(home, 'broken')
    this.downloads = join(home, 'downloads')
    this.work = join(home, 'work')
    this.capsules = join(home, 'capsules')
    this.environments = join(home, 'envs')
    this.inputs = join(home, 'inputs')
    this.index = join(home, 'index')
    this.labels = join(home, 'labels')
    this.used = join(home, 'used')
    this.latest = join(home, 'latest')
    this.lineages = join(home, 'lineages.json')
    this.workspaces = join(home, 'workspaces')
    this.remotes = join(home, 'remotes')
    this.trash = join(home, 'trash')
    this.#locks = join(home, 'locks')
  }

  artifact(key: string): string {
    return join(this.artifacts, key.slice(0, 2), checkedKey(key))
  }

  capsule(digest: string): string {
    return join(this.capsules, checkedKey(digest))
  }

  /** Held by whoever makes the artifact, from the look-up to the seal. */
  keyLock(key: string): string {
    return join(this.#locks, 'keys', `${checkedKey(key)}.lock`)
  }

  /**
   * Held shared while an artifact is read, exclusive while it is taken away. One of its own for each key: who reads an
   * artifact may have to take another, broken one away, and must not wait for itself.
   */
  useLock(key: string): string {
    return join(this.#locks, 'use', `${checkedKey(key)}.lock`)
  }

  /** Held shared while a trainer reads its capsule, exclusive while one is taken away. */
  capsuleLock(digest: string): string {
    return join(this.#locks, 'capsules', `${checkedKey(digest).slice(0, 2)}.lock`)
  }

  /** Held exclusively while a capsule is made. */
  capsuleMakerLock(digest: string): string {
    return join(this.#locks, 'capsules', `${checkedKey(digest).slice(0, 2)}.maker.lock`)
  }

  /** Held while a folder outside the store is exchanged; `digest` is that of its path. */
  outsideLock(digest: string): string {
    return join(this.#locks, 'place', `${digest.slice(0, 2)}.lock`)
  }

  downloadLock(sha256: string): string {
    return join(this.#locks, 'downloads', `${checkedKey(sha256)}.lock`)
  }
}

/** Keys become file names, so nothing but a SHA-256 in hex passes. */
function checkedKey(key: string): string {
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error(`${JSON.stringify(key)} is not a SHA-256 in hex`)
  return key
}
