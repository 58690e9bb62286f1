import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')

/** The floors of the house: a package imports only from floors below its own. */
const floors: string[][] = [
  ['native', 'libs/text', 'tools/load-typescript'],
  ['libs/secrets'],
  ['libs/config'],
  ['libs/store', 'libs/devices', 'libs/protocol', 'libs/environments'],
  ['libs/identity', 'libs/trainer', 'libs/terminal', 'libs/report'],
  ['libs/dashboard'],
  ['libs/task'],
  ['tools/executors', 'tools/cli'],
]

const packageName = (folder: string) => `@blacksmith/${folder.split('/').at(-1)}`
const below = (floor: number) => floors.slice(0, floor).flat().map(packageName)

describe.each(floors.flatMap((folders, floor) => folders.map((folder) => ({ folder, floor }))))(
  '$folder',
  ({ folder, floor }) => {
    const imported = new Set(sources(join(root, folder)).flatMap(importedPackages))

    test('imports only from the floors below it', () => {
      const allowed = [...below(floor), packageName(folder)]
      expect([...imported].filter((name) => !allowed.includes(name))).toEqual([])
    })

    test('declares what it imports, and nothing else', () => {
      const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>
      }
      const declared = Object.keys(dependencies).filter((name) => name.startsWith('@blacksmith/'))
      expect(declared.sort()).toEqual([...imported].filter((name) => name !== packageName(folder)).sort())
    })
  },
)

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.c?[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('node_modules') && !file.includes('/build/'))
}

function importedPackages(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import|require\()\s*\(?'(@blacksmith\/[a-z-]+)/g)].map(
    ([, name]) => name ?? '',
  )
}
