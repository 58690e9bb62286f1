import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { IntegrityIndex, type Manifest, verify } from '@blacksmith/store'
import { ratioLine, type Times } from './interleaved'

/**
 * Verifying files that the integrity index knows, against a bare stat of each: both in this process, both with
 * Node's synchronous calls, which are its fastest.
 *
 *     npx jiti benchmarks/store-verify.ts [files] [rounds]
 */
const [count = 10_000, rounds = 15] = process.argv.slice(2).map(Number)

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'benchmark-verify-'))
  try {
    const folder = join(root, 'artifact')
    const manifest = writeArtifact(folder)
    const index = new IntegrityIndex(join(root, 'index'))
    await delay(100)
    const learnt = performance.now()
    await verify(folder, manifest, index)
    console.log(`first verification, which reads all: ${((performance.now() - learnt) / 1000).toFixed(3)} s`)
    const paths = manifest.files.map((file) => join(folder, file.path))
    const times: Times = { verify: [], stat: [] }
    for (let round = 0; round < rounds; round++) {
      const before = performance.now()
      for (const path of paths) lstatSync(path)
      times.stat?.push((performance.now() - before) / 1000)
      const verified = performance.now()
      const broken = await verify(folder, manifest, index)
      times.verify?.push((performance.now() - verified) / 1000)
      if (broken.length > 0) throw new Error(`${broken[0]?.path} ${broken[0]?.reason}`)
    }
    console.log(ratioLine(`verify ${count} known files`, times, 'verify', 'stat', 2))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Files of a few hundred bytes, a thousand to a folder. */
function writeArtifact(folder: string): Manifest {
  const files: Manifest['files'] = []
  for (let at = 0; at < count; at++) {
    const path = `images-${String(Math.floor(at / 1000)).padStart(3, '0')}/${String(at).padStart(6, '0')}.png`
    const content = `${at} `.repeat(50)
    if (at % 1000 === 0) mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), content)
    files.push({ path, bytes: content.length, sha256: digest(content) })
  }
  return { version: 1, files }
}

function digest(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

main()
