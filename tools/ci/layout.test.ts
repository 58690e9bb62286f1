import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const root = resolve(__dirname, '../..')
/** The one place that says where this repository keeps things. */
const layout = 'libs/config/src/workspace/options.ts'

test('production code names no folder of this repository: a workspace of somebody else has others', () => {
  const named = ['libs', 'tools/executors', 'tools/cli', 'tools/load-typescript', 'native'].flatMap(
    (folder) => sources(join(root, folder)).flatMap((file) => foldersNamedIn(file)),
  )
  expect(named).toEqual([])
})

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(c?[jt]s|py|cpp|hpp|json|template)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/\/(node_modules|build|testing|fixtures|tests|__pycache__)\//.test(file))
    .filter((file) => !/\.(test|fixture)\.ts$|_test\.py$|conftest\.py$|boxed_trial\.py$/.test(file))
    .filter((file) => relative(root, file) !== layout)
}

function foldersNamedIn(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line, at) => {
    const code = line.replace(/^\s*(\*|\/\/|\/\*|#).*$/, '')
    return /\b(libs\/(python|config)|experiments\/(<|lightning|jax|torch|\*|\$))/.test(code)
      ? [`${relative(root, file)}:${at + 1} ${line.trim()}`]
      : []
  })
}
