import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { canonicalJson, type Json, UserError } from '@blacksmith/config'
import { internalSettings, setting } from '@blacksmith/config/header'
import { type Launcher, sharedBelow, storeName } from '@blacksmith/launch'
import { type KeyComponents, Store } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { type Inputs, releaseInputs } from '../key/inputs'
import { environmentFor, make } from '../make'
import { type Plan, plan } from '../plan'
import { provideInputs } from '../provide-inputs'
import type { WorkingTree } from '../request'
import { shareResult } from '../share'
import { useOnlyGiven } from './given-devices'
import { type JobRecord, jobsOf, type Round } from './job-files'

/**
 * Makes what a job was asked for, in the node's own store and environment and under leases of its own.
 *
 * @returns the key under which it is stored, and the remote that has it, where the store is not that of who asked
 */
export async function makeForJob(
  record: JobRecord,
  round: Round,
  session: Session,
  launcher: Launcher | undefined,
): Promise<{ key: string; remote?: string }> {
  // Of the command that has asked.
  for (const name of ['BLACKSMITH_LAUNCHER', ...Object.keys(internalSettings)]) delete process.env[name]
  Object.assign(process.env, { BLACKSMITH_HOME: record.home }, record.settings)
  const remote = await remoteFor(record, round)
  const store = new Store(record.home, { warn: (line) => session.display.note(line) })
  const { directory, target, configuration, flags } = record
  const planned = await plan(
    { workspaceRoot: round.snapshot, directory, target, configuration, flags, tree: treeOf(record, round) },
    { store, keep: true },
  )
  if (launcher && target !== 'prepare-data') await useOnlyGiven(planned.experiment.placement.kind, launcher)
  const key = await makeOnly(planned, session, record)
  return remote === undefined ? { key } : { key, remote }
}

/** A store of the node's own has a remote in any case: for its results, and for checkpoints that other nodes go on from. */
async function remoteFor(record: JobRecord, round: Round): Promise<string | undefined> {
  if ((await storeName(record.home)) === record.store) return undefined
  const given = setting('BLACKSMITH_REMOTE')
  const named = given === 'off' ? undefined : given
  const { address } = await sharedBelow(jobsOf(round))
  const remote = named ?? address
  // What jobs share among themselves nobody signs.
  if (remote === address) Object.assign(process.env, { BLACKSMITH_TRUSTED_KEYS: 'off' })
  Object.assign(process.env, { BLACKSMITH_REMOTE: remote, BLACKSMITH_REMOTE_CHECKPOINTS: '1' })
  return remote
}

/** Nothing is put into a dist/ here: whoever asked has one. */
async function makeOnly(planned: Plan, session: Session, record?: JobRecord): Promise<string> {
  const environment = await environmentFor(planned, session)
  const inputs = await inputsOf(planned, session, record)
  try {
    return await make(
      { planned, session, inputs, environment },
      async ({ artifact, made }) => {
        await shareResult(planned, session, { artifact, made })
        return artifact.key
      },
      (components) => refuseOther(record, components),
    )
  } finally {
    releaseInputs(inputs)
  }
}

/** What it reads: by the keys that came with the job, else made here. */
async function inputsOf(planned: Plan, session: Session, record?: JobRecord): Promise<Inputs> {
  return provideInputs(planned, { ...session, fresh: false }, async (producer) => {
    const { store, request } = producer
    const known = record?.inputs[request.target]
    const key = known && (await has(producer, known, session)) ? known : await makeOnly(producer, session)
    const artifact = await store.peek(key)
    if (!artifact) throw new Error(`what was made for ${request.target} is not stored`)
    return { artifact, directory: artifact.directory }
  })
}

async function has({ store, shared }: Plan, key: string, { signal }: Session): Promise<boolean> {
  const lock = await store.lockKey(key, { signal })
  try {
    const held = (await (shared ?? store).lookup(key)) ?? (await shared?.pull(key, { signal }))
    held?.release()
    return held !== undefined
  } finally {
    lock.close()
  }
}

/** @throws UserError where the key that the snapshot comes to here is not that of who asked, as far as they knew it */
function refuseOther(record: JobRecord | undefined, components: KeyComponents): void {
  const here = components as unknown as Record<string, Json>
  const differing = Object.entries(record?.components ?? {})
    .filter(([name, value]) => canonicalJson(value) !== canonicalJson(here[name] ?? null))
    .map(([name]) => name)
  if (differing.length === 0) return
  throw new UserError({
    message: `on ${hostname()} another result would come of it than was asked for: ${differing.join(', ')} differ`,
    remedy: 'give the nodes the same Blacksmith, Python and data as this machine, and run it again',
  })
}

/** For the records of the run: a snapshot is under no version control. */
function treeOf({ revision }: JobRecord, { changes }: Round): WorkingTree {
  return { code: revision, changes: existsSync(changes) ? readFileSync(changes, 'utf8') : '' }
}
