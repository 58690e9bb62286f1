import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** Folders of what is made, and of what only tests and benchmarks use. */
const leftOut = ['node_modules', 'build', 'fixtures', 'testing', 'tests', 'benchmarks', '__pycache__']
const tests = /\.test\.ts$|_test\.py$|conftest\.py$|\.fixture\.ts$|\.pyc$/

/**
 * The files of a package that are released as they are: all but TypeScript, which is compiled, and tests. The
 * parameters of data sets and models are source, since experiments are made from them.
 *
 * @param folder absolute
 * @returns paths relative to it
 */
export function releasedFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(sep).some((step) => leftOut.includes(step) || /^\../.test(step)))
    .filter((file) => !tests.test(file) && (!file.endsWith('.ts') || file.endsWith(`${sep}schema.ts`)))
    .sort()
}
