import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KeyComponents, keyOf, type ProvenanceDraft, runId, Store } from '@blacksmith/store'
import { ratioLine, type Times } from './interleaved'

/**
 * Sealing an artifact of 1 GB against `cp` and `sha256sum` of the same files: what a script would do to keep a
 * result and its digests. Ours also waits until all is on the disk; they do not. The files are read from memory
 * by both, and were written to the disk before, as those of a training are that ended a while ago.
 *
 *     npx jiti benchmarks/store-seal.ts [megabytes] [files] [rounds] [folder]
 */
const [megabytes = 1000, files = 4, rounds = 5] = process.argv.slice(2, 5).map(Number)
const parent = process.argv[5] ?? tmpdir()

async function main(): Promise<void> {
  const root = mkdtempSync(join(parent, 'benchmark-seal-'))
  const store = new Store(join(root, 'store'))
  const content = randomContent((megabytes * 1e6) / files)
  const times: Times = { seal: [], 'cp + sha256sum': [] }
  try {
    for (let round = 0; round < rounds; round++) {
      const draft = draftOf(round)
      const staging = await store.stage(draft.key)
      write(staging, content)
      const before = performance.now()
      const { directory } = await store.seal(draft.key, staging, draft, [])
      times.seal?.push((performance.now() - before) / 1000)
      rmSync(directory, { recursive: true })

      const source = join(root, 'source')
      mkdirSync(source)
      write(source, content)
      const copied = performance.now()
      run('cp -r source copy && sha256sum copy/* > digests', root)
      times['cp + sha256sum']?.push((performance.now() - copied) / 1000)
      for (const folder of ['source', 'copy']) rmSync(join(root, folder), { recursive: true })
    }
    console.log(ratioLine(`seal ${megabytes} MB in ${files} files`, times, 'seal', 'cp + sha256sum', 0.5))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function write(folder: string, content: Buffer): void {
  for (let file = 0; file < files; file++) writeFileSync(join(folder, `part-${file}.safetensors`), content)
  run('sync -f .', folder)
}

/** Bytes that no disk can pack. */
function randomContent(bytes: number): Buffer {
  const content = Buffer.alloc(bytes)
  for (let at = 0, state = 1; at + 4 <= bytes; at += 4) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    content.writeInt32LE(state | 0, at)
  }
  return content
}

function run(command: string, cwd: string): void {
  const { status } = spawnSync('sh', ['-c', command], { cwd, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} failed`)
}

function draftOf(seed: number): ProvenanceDraft {
  const components: KeyComponents = { version: 1, target: 'train', seed }
  const key = keyOf(components)
  const now = new Date().toISOString()
  return {
    ...{ version: 1, id: runId(key), key, components, project: 'benchmark', configuration: 'default' },
    ...{ target: 'train', overrides: [], commit: null, dirty: false, environment: {}, device: {} },
    ...{ started: now, finished: now, seconds: 0 },
  } as ProvenanceDraft
}

main()
