import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ProvenanceDraft } from '../artifact/provenance'
import { type KeyComponents, keyOf, runId, type Target } from '../key/key'
import type { Store } from '../store'

/** Temporary folders that are gone after the test file; in memory where `inMemory` asks for it and there is such a disk. */
export function temporaryFolders(o: { inMemory?: boolean } = {}): (name?: string) => string {
  const base = o.inMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const made: string[] = []
  afterAll(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true })
  })
  return (name = 'store') => {
    const folder = mkdtempSync(join(base, `blacksmith-${name}-`))
    made.push(folder)
    return folder
  }
}

/** Writes files by relative path, with the folders they need. */
export function writeFiles(folder: string, files: Record<string, string | Uint8Array>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** The provenance of a run that differs from others by `seed`. */
export function draftOf(seed: number, o: Partial<ProvenanceDraft> = {}): ProvenanceDraft {
  const target: Target = o.target ?? 'train'
  const components: KeyComponents = o.components ?? { version: 1, target, parameters: { seed } }
  const key = keyOf(components)
  return {
    version: 1,
    id: runId(key),
    key,
    components,
    project: 'lightning-mnist',
    configuration: 'default',
    target,
    overrides: [],
    commit: null,
    dirty: false,
    environment: { python: '3.11.9' },
    device: { kind: 'cpu', count: 1, threads: 2 },
    started: '2026-01-02T03:04:05.000Z',
    finished: '2026-01-02T03:05:05.000Z',
    seconds: 60,
    ...o,
  }
}

/** Seals an artifact with these files. */
export async function sealed(
  store: Store,
  seed: number,
  files: Record<string, string | Uint8Array>,
  o: Partial<ProvenanceDraft> = {},
) {
  const draft = draftOf(seed, o)
  const staging = await store.stage(draft.key)
  writeFiles(staging, files)
  return store.seal(draft.key, staging, draft, ['metrics.jsonl', 'log.txt'])
}

/** What a target does with the store: looks its key up, makes it if need be, and puts it in place. */
export async function runTarget(
  store: Store,
  target: { seed: number; files: Record<string, string>; destination: string },
): Promise<'reused' | 'made'> {
  const draft = draftOf(target.seed)
  const lock = await store.lockKey(draft.key)
  try {
    const found = await store.lookup(draft.key)
    if (found) {
      await store.materialize(found, target.destination)
      return 'reused'
    }
    const staging = await store.stage(draft.key)
    writeFiles(staging, target.files)
    await store.materialize(await store.seal(draft.key, staging, draft, ['log.txt']), target.destination)
    return 'made'
  } finally {
    lock.close()
  }
}
