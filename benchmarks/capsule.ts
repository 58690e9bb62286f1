import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CapsuleFile, provideCapsule } from '@blacksmith/identity'
import { Layout } from '@blacksmith/store'
import { ratioLine, type Times } from './interleaved'

/**
 * A capsule of 100 Python files, made and then used again, against `cp -r` of the same files.
 *
 *     npx jiti benchmarks/capsule.ts [files] [rounds]
 */
const [files = 100, rounds = 21] = process.argv.slice(2, 4).map(Number)

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'benchmark-capsule-'))
  const layout = new Layout(join(root, 'store'))
  const times: Times = { made: [], 'used again': [], 'cp -r': [] }
  try {
    for (let round = 0; round < rounds; round++) {
      const content = sources(round)
      for (const { path, content: bytes } of content) {
        const file = join(root, 'source', path)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, bytes)
      }
      for (const name of ['made', 'used again']) {
        const before = performance.now()
        const capsule = await provideCapsule(layout, content, 'experiments/plain/tiny')
        times[name]?.push((performance.now() - before) / 1000)
        capsule.release()
      }
      const copied = performance.now()
      spawnSync('cp', ['-r', 'source', 'copy'], { cwd: root })
      times['cp -r']?.push((performance.now() - copied) / 1000)
      for (const folder of ['source', 'copy']) rmSync(join(root, folder), { recursive: true })
    }
    console.log(ratioLine(`a capsule of ${files} files, made`, times, 'made', 'cp -r', 5))
    console.log(ratioLine(`a capsule of ${files} files, used again`, times, 'used again', 'cp -r', 5))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Of 4 kB each, about the size of a module. */
function sources(round: number): CapsuleFile[] {
  return Array.from({ length: files }, (_, at) => {
    const content = Buffer.from(`# ${round}\n`.padEnd(4000, `x = ${at}\n`))
    const digest = createHash('sha256').update(content).digest('hex')
    return { path: `libs/python/package/part${at % 10}/module${at}.py`, digest, content }
  })
}

void main()
