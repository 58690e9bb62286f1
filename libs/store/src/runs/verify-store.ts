import { hold } from '../disk/in-use'
import type { Layout } from '../home'
import { examine } from '../integrity/examine'
import type { BrokenFile } from '../integrity/verify'
import { runId } from '../key/key'
import { setAsideIfBroken } from '../sealing/set-aside'
import { storedKeys } from './runs'

/** A broken artifact that a verification of the store found. */
export interface BrokenRun {
  key: string
  id: string
  files: BrokenFile[]
  /** Where it is now; undefined where the store cannot be written to. */
  aside: string | undefined
}

export interface StoreVerification {
  intact: number
  broken: BrokenRun[]
}

/**
 * Reads every byte of every artifact, whatever the integrity index knows: it finds what a disk lost by itself.
 * Broken artifacts are set aside.
 */
export async function verifyStore(
  layout: Layout,
  o: { signal?: AbortSignal; onProgress?: (done: number, of: number) => void } = {},
): Promise<StoreVerification> {
  const keys = (await storedKeys(layout)).sort()
  const result: StoreVerification = { intact: 0, broken: [] }
  for (const [at, key] of keys.entries()) {
    o.signal?.throwIfAborted()
    const broken = await verifyOne(layout, key)
    if (broken === 'intact') result.intact++
    else if (broken !== 'gone') result.broken.push(broken)
    o.onProgress?.(at + 1, keys.length)
  }
  return result
}

async function verifyOne(layout: Layout, key: string): Promise<BrokenRun | 'intact' | 'gone'> {
  const held = await hold(layout, key, 'shared')
  const examination = await examine(layout, key, { reread: true }).finally(held.close)
  if (examination.state === 'intact') return 'intact'
  if (examination.state === 'absent') return 'gone'
  const set = await setAsideIfBroken(layout, key, { reread: true })
  return set ? { key, id: runId(key), ...set } : 'gone'
}
