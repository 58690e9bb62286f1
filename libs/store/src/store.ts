import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type FileLock, lock } from '@blacksmith/native'
import { type Artifact, inspectArtifact } from './artifact/artifact'
import type { FileEntry, Manifest } from './artifact/manifest'
import type { ProvenanceDraft } from './artifact/provenance'
import { accessOf, ensureFolder, ensureHome, isReadOnly, notWritable } from './disk/access'
import { type Hold, hold } from './disk/in-use'
import { takeAway } from './disk/move'
import { Layout } from './home'
import { examine } from './integrity/examine'
import { IntegrityIndex } from './integrity/integrity-index'
import { type BrokenFile, verify } from './integrity/verify'
import { runId } from './key/key'
import { latestKey, noteLatest, type RunIdentity } from './latest'
import { noteUse } from './runs/last-use'
import { listRuns } from './runs/runs'
import { registerWorkspace, workspaceOf } from './runs/workspaces'
import { materialize } from './sealing/materialize'
import { seal } from './sealing/seal'
import { setAsideIfBroken } from './sealing/set-aside'

/** An artifact that cannot be taken away until it is materialized or released. */
export interface HeldArtifact extends Artifact {
  release(): void
}

/** How a store warns people that something is wrong with it and what was done about it. */
export type Warn = (line: string) => void

/** The artifacts of a `$BLACKSMITH_HOME`. */
export class Store {
  readonly layout: Layout
  readonly index: IntegrityIndex
  readonly warn: Warn

  constructor(
    readonly home: string,
    o: { warn?: Warn } = {},
  ) {
    this.layout = new Layout(home)
    this.index = new IntegrityIndex(this.layout.index)
    this.warn = o.warn ?? ((line) => console.warn(line))
  }

  /** Held from the look-up to the seal: of two processes that need a key, one works and the other waits. */
  async lockKey(key: string, o: { signal?: AbortSignal; onWait?: () => void } = {}): Promise<FileLock> {
    const file = this.layout.keyLock(key)
    try {
      await ensureFolder(dirname(file), await ensureHome(this.home))
      return await lock(file, 'exclusive', o)
    } catch (error) {
      // Where nothing can be written nobody makes this artifact: it can only be read.
      if (isReadOnly(error) && (await this.peek(key))) return { fd: -1, path: file, close: () => undefined }
      throw notWritable(this.home, error)
    }
  }

  /**
   * The stored artifact, verified. It stays where it is until it has been materialized (or `release` is called). A
   * broken one is set aside, with a warning, and counts as absent.
   */
  async lookup(key: string): Promise<HeldArtifact | undefined> {
    if (!existsSync(this.layout.artifact(key))) return undefined
    const held = await hold(this.layout, key, 'shared')
    try {
      const examination = await examine(this.layout, key)
      if (examination.state === 'intact') {
        // Noted under the lock: garbage collection looks at it again before it takes anything away.
        await noteUse(this.layout, key)
        return { ...examination.artifact, release: held.close }
      }
      held.close()
      if (examination.state === 'broken') await this.#setAside(key)
      return undefined
    } catch (error) {
      held.close()
      throw error
    }
  }

  /** What the store says it has: nothing is verified and nothing is moved. For plans. */
  async peek(key: string): Promise<Artifact | undefined> {
    const directory = this.layout.artifact(key)
    const reading = await inspectArtifact(directory)
    if (reading.state !== 'read' || reading.provenance.key !== key) return undefined
    return { key, directory, manifest: reading.manifest, provenance: reading.provenance }
  }

  /** Takes an artifact out of the store, whatever it is. The caller holds the key's lock. */
  async discard(key: string): Promise<void> {
    const held = await hold(this.layout, key, 'exclusive')
    try {
      await ensureFolder(this.layout.trash, await accessOf(this.home))
      await takeAway(this.layout.artifact(key), join(this.layout.trash, randomBytes(8).toString('hex')))
    } catch (error) {
      throw notWritable(this.home, error)
    } finally {
      held.close()
    }
  }

  /**
   * A fresh folder to make an artifact in, on the store's file system. The caller holds the key's lock: without
   * it, garbage collection takes the folder for what a killed run left.
   */
  async stage(key: string): Promise<string> {
    try {
      const staging = join(this.layout.staging, `${key}-${randomBytes(6).toString('hex')}`)
      await ensureFolder(staging, await ensureHome(this.home))
      return staging
    } catch (error) {
      throw notWritable(this.home, error)
    }
  }

  /**
   * Makes a staging folder an artifact, whole or not at all; see protocol/seal.ts. Of several who seal one key
   * the first wins, and all get its artifact.
   *
   * @param records names of files in the staging folder that are about the run and not its result; those that
   *   are not there are left out
   * @param expected of what comes from elsewhere: all files that there must be, else UnexpectedBytes is thrown
   */
  async seal(
    key: string,
    staging: string,
    provenance: ProvenanceDraft,
    records: readonly string[],
    expected?: readonly FileEntry[],
  ): Promise<Artifact> {
    const onDifference = (path: string) => this.warn(notReproducible(runId(key), path))
    const artifact = await seal(this.layout, { key, staging, provenance, records, expected, onDifference })
    await noteUse(this.layout, key)
    await noteLatest(this.layout, artifact.provenance, await accessOf(this.home))
    return artifact
  }

  /**
   * Puts a copy of an artifact in the place of `destination`, and releases it. If that is in the dist/ of a
   * workspace, garbage collection will know.
   *
   * @param complete adds to the copy what goes with it, before anybody else can put another one there
   */
  async materialize(
    artifact: Artifact | HeldArtifact,
    destination: string,
    complete: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    const held: Hold =
      'release' in artifact ? { close: artifact.release } : await hold(this.layout, artifact.key, 'shared')
    try {
      const workspace = workspaceOf(destination)
      if (workspace !== undefined) await registerWorkspace(this.layout, workspace)
      await materialize(this.layout, artifact, destination, complete)
      // For a collection that took stock while the copy did not stand there yet.
      if (workspace !== undefined) await noteUse(this.layout, artifact.key)
    } finally {
      held.close()
    }
  }

  /** Compares a folder with its manifest. What this store's index knows is not read again. */
  async verify(directory: string, manifest: Manifest): Promise<BrokenFile[]> {
    return verify(directory, manifest, this.index)
  }

  /** The newest run of one target of a project in one configuration. */
  async latest(identity: RunIdentity): Promise<Artifact | undefined> {
    const key = await latestKey(this.layout, identity)
    const noted = key === undefined ? undefined : await this.peek(key)
    return noted ?? (await listRuns(this.layout, identity))[0]
  }

  async #setAside(key: string): Promise<void> {
    const broken = await setAsideIfBroken(this.layout, key)
    if (!broken) return
    const what = `the stored artifact ${runId(key)} is broken: ${named(broken.files)}`
    this.warn(
      broken.aside
        ? `${what}. It is kept in ${broken.aside}, and will be made again`
        : `${what}. The store cannot be written to, so it stays where it is and is not used`,
    )
  }
}

function notReproducible(first: string, path: string): string {
  return (
    `this run made other bytes than the run ${first} from equal inputs (${path} differs first): it is not ` +
    `reproducible. ${first} stands, and the bytes of this run are kept nowhere. To have a new run in its place: ` +
    `npx blacksmith runs remove ${first}, then the same command`
  )
}

function named([first, ...others]: BrokenFile[]): string {
  const more = others.length > 0 ? ` (and ${others.length} more)` : ''
  return `${first?.path} ${first?.reason}${more}`
}
