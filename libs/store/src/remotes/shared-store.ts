import { formatUserError, isUserError, type Json } from '@blacksmith/config'
import type { NamedRemote } from '@blacksmith/config/header'
import type { Artifact } from '../artifact/artifact'
import { hold } from '../disk/in-use'
import { runId } from '../key/key'
import type { HeldArtifact, Store } from '../store'
import { answered } from './asking'
import { ownCheckpoints } from './checkpoints/checkpoint-scope'
import { type Brought, fetchCheckpoint, type Wanted } from './checkpoints/fetch-checkpoint'
import { clearCheckpoints, sendCheckpoint } from './checkpoints/send-checkpoint'
import { Ledger, type Owed } from './ledger'
import { OfRequests } from './of-requests'
import { type FoundRecord, findRecord, type Pulled, type PullOptions, pull } from './pull'
import { type Pushed, type PushOptions, push } from './push'
import { inWordsOf, isOfRemote, isRefused } from './reason'
import { LocalFault, type Remote } from './remote'
import { type OpenRemote, openRemote, trusted } from './remotes'

const notSent = 'what it has not got yet is sent by a later command'

/**
 * A store, with the remote by which it shares with other machines. The remote only ever helps: what goes wrong with it
 * is said once, and the remote is then left alone.
 */
export class SharedStore {
  readonly ledger: Ledger
  readonly #ofRequests: OfRequests
  readonly #spoilt = new Set<string>()
  #away = false
  #complained = false
  /** Nothing can be sent before somebody mends something. */
  #closed = false

  constructor(
    readonly store: Store,
    readonly remote: OpenRemote,
  ) {
    this.ledger = new Ledger(store.layout, remote)
    this.#ofRequests = new OfRequests(store.layout)
  }

  /** @throws UserError for a remote of a kind that cannot be opened */
  static of(store: Store, named: NamedRemote | undefined): SharedStore | undefined {
    return named && new SharedStore(store, openRemote(named))
  }

  /** What the remote says that it has under a key. */
  async find(key: string): Promise<FoundRecord | undefined> {
    return this.#attempt(() => findRecord(this.remote, key))
  }

  /**
   * The pull request's scope from which the store has an artifact, or checkpoints of a lineage: for who works for what is
   * trusted they are not there.
   */
  ofRequest(name: string): string | undefined {
    return this.remote.scope === trusted ? this.#ofRequests.scopeOf(name) : undefined
  }

  /** What the store itself has, verified and held. The caller holds the key's lock. */
  async lookup(key: string): Promise<HeldArtifact | undefined> {
    const scope = this.ofRequest(key)
    if (scope === undefined) return this.store.lookup(key)
    if (await this.store.peek(key)) {
      this.store.warn(`run ${runId(key)} was fetched from ${scope}, and does not count for what is trusted`)
      await this.store.discard(key)
    }
    await this.#ofRequests.forget(key)
    return undefined
  }

  /**
   * Brings an artifact from the remote, verified, and holds it. The caller holds the key's lock, and has found that the
   * store itself has none.
   *
   * @returns undefined where the remote has none that is whole, or cannot be asked
   */
  async pull(key: string, o: PullOptions = {}): Promise<(HeldArtifact & { from: string }) | undefined> {
    const pulled: Pulled | undefined = await this.#attempt(
      () => pull(this.store, this.remote, key, { ...o, onSource: (scope) => this.#noteSource(key, scope) }),
      o.signal,
    )
    for (const fault of pulled?.faults ?? [])
      this.store.warn(`what is shared is not whole and not used: ${fault}`)
    for (const fault of pulled?.untrusted ?? [])
      this.store.warn(`what is shared is not trusted and not used: ${fault}`)
    if (pulled && pulled.faults.length > 0) this.#spoilt.add(key)
    if (pulled?.from === undefined) return undefined
    if (pulled.faults.length + pulled.untrusted.length === 0) await this.ledger.noteSent(key)
    const held = await this.store.lookup(key)
    return held && { ...held, from: pulled.from }
  }

  /**
   * Sends an artifact, and what is owed from before. What cannot be sent now is owed.
   *
   * @param o.made whether it has just been made, and not found: then the remote has it not
   */
  async share({ key }: Pick<Artifact, 'key'>, o: PushOptions & { made: boolean }): Promise<void> {
    const replace = this.#spoilt.has(key)
    if (o.made || replace || !this.ledger.isSent(key)) await this.#send({ key, replace }, o)
    for (const owed of await this.ledger.owed()) {
      if (this.#away || this.#closed || o.signal?.aborted) return
      await this.#send(owed, o)
    }
  }

  /** @throws whatever keeps it from being sent */
  async push({ key, replace }: Owed, o: PushOptions): Promise<Pushed | undefined> {
    const held = await hold(this.store.layout, key, 'shared')
    try {
      const scope = this.ofRequest(key)
      const artifact = await this.store.peek(key)
      if (artifact && scope !== undefined) {
        await this.ledger.settle(key)
        return { state: 'withheld', reason: `it was fetched from ${scope}, and is not trusted`, bytes: 0 }
      }
      if (!artifact) {
        await this.ledger.settle(key)
        return undefined
      }
      const pushed = await push(this.remote, artifact, { ...o, replace })
      await (pushed.state === 'withheld' ? this.ledger.settle(key) : this.ledger.noteSent(key))
      this.#spoilt.delete(key)
      return pushed
    } finally {
      held.close()
    }
  }

  /**
   * Brings the newest checkpoint that the remote has of a training, verified.
   *
   * @returns its step and where it came from; undefined where there is none of use, or the remote cannot be asked
   */
  async fetchCheckpoint({
    lineage,
    ...wanted
  }: Omit<Wanted, 'onSource'> & { lineage: string }): Promise<Brought['found']> {
    const onSource = (scope: Remote) => this.#noteSource(lineage, scope)
    const brought = await this.#attempt(
      () => fetchCheckpoint(this.store, this.remote, { ...wanted, onSource }),
      wanted.signal,
    )
    for (const fault of brought?.faults ?? [])
      this.store.warn(`checkpoints that are shared are not used: ${fault}`)
    return brought?.found
  }

  /**
   * Sends a checkpoint of a running training. What goes wrong is said, and never thrown.
   *
   * @returns whether it makes sense to send another one
   */
  async sendCheckpoint(
    key: string,
    checkpoint: { step: number; folder: string; processor: Json },
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      const reason = this.remote.whyUnsigned()
      if (reason === undefined) {
        await sendCheckpoint(ownCheckpoints(this.remote, key), checkpoint, signal)
        return true
      }
      this.store.warn(`checkpoints are not sent: ${reason}`)
    } catch (error) {
      if (signal.aborted) return true
      const words = isOfRemote(error) ? `${this.remote.name} ${inWordsOf(error)}` : (error as Error).message
      if (!this.#complained && !this.#away) this.store.warn(`a checkpoint could not be sent: ${words}`)
      this.#complained = true
      return !isUserError(error)
    }
    return false
  }

  /** Takes away the checkpoints of a training whose result the remote has. */
  async clearCheckpoints(key: string): Promise<void> {
    if (this.#away || !this.ledger.isSent(key)) return
    try {
      await answered(clearCheckpoints(ownCheckpoints(this.remote, key)))
    } catch (error) {
      // What stays is taken away by a collection of the remote.
      if (!isOfRemote(error)) throw error
    }
  }

  /** What went on from something of a pull request's is of it, too. */
  async inherit(key: string, from: readonly string[]): Promise<void> {
    const scope = from.map((name) => this.#ofRequests.scopeOf(name)).find((each) => each !== undefined)
    if (scope !== undefined) await this.#ofRequests.note(key, scope)
  }

  /** Checkpoints of a lineage are there no more. */
  async forgetOfRequest(lineage: string): Promise<void> {
    await this.#ofRequests.forget(lineage)
  }

  async #noteSource(name: string, scope: Remote): Promise<void> {
    if (this.remote.scope !== trusted && scope === this.remote.write)
      await this.#ofRequests.note(name, this.remote.scope)
    else await this.#ofRequests.forget(name)
  }

  async #send(owed: Owed, o: PushOptions): Promise<void> {
    // Noted before: who is killed on the way owes it.
    await this.ledger.owe(owed)
    if (this.#away || this.#closed || o.signal?.aborted) return
    try {
      await this.push(owed, o)
    } catch (error) {
      if (o.signal?.aborted) return
      if (error instanceof LocalFault) {
        await this.ledger.settle(owed.key)
        this.store.warn(`${error.message}; it is not shared`)
      } else if (isUserError(error)) {
        this.#closed = true
        this.store.warn(formatUserError(error))
      } else if (isRefused(error)) {
        this.#closed = true
        this.#sayWhy(error, notSent)
      } else this.#leave(error, notSent)
    }
  }

  async #attempt<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    if (this.#away) return undefined
    try {
      return await ask()
    } catch (error) {
      if (signal?.aborted) throw error
      if (isUserError(error)) this.store.warn(formatUserError(error))
      else this.#leave(error, 'what it may have is made here')
      return undefined
    }
  }

  #leave(error: unknown, instead: string): void {
    this.#sayWhy(error, instead)
    this.#away = true
  }

  #sayWhy(error: unknown, instead: string): void {
    if (!isOfRemote(error)) throw error
    this.store.warn(`${this.remote.name} ${inWordsOf(error)}; ${instead}`)
  }
}
