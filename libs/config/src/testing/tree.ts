import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The repository that these tests are part of. */
export const workspaceRoot = join(__dirname, '../../../..')

const made: string[] = []

/** A fresh folder with these files; `removeTrees` takes all of them away. */
export function makeTree(files: Record<string, string | Buffer> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'blacksmith-trainer-')))
  made.push(folder)
  addFiles(folder, files)
  return folder
}

export function addFiles(folder: string, files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** To be called after all tests of a file. */
export function removeTrees(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}
