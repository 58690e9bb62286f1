import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(__dirname, '../..')

/** The floors of the house: a package imports only from floors below its own. */
const floors: string[][] = [
  ['native', 'libs/text', 'tools/load-typescript'],
  ['libs/secrets'],
  ['libs/config'],
  ['libs/store', 'libs/devices', 'libs/protocol', 'libs/environments'],
  ['libs/identity', 'libs/trainer', 'libs/terminal', 'libs/report', 'libs/launch'],
  ['libs/dashboard'],
  ['libs/task'],
  ['libs/sweep'],
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
    test('has no circle between its folders', () => {
      expect(circles(join(root, folder, 'src'))).toEqual([])
    })
  },
)

/** Imports that lead from a folder to another one and back; a file that stands in none counts by itself. */
function circles(src: string): string[] {
  const edges = new Map<string, Set<string>>()
  for (const file of existsSync(src) ? sources(src).filter(isProduction) : []) {
    const from = roomOf(src, file)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\b[^;]*?from '(\.[^']+)'/gms,
    )) {
      const to = roomOf(src, join(dirname(file), path))
      if (to !== from) edges.set(from, (edges.get(from) ?? new Set()).add(to))
    }
  }
  return [...edges].flatMap(([from, all]) =>
    [...all].filter((to) => leadsTo(edges, to, from)).map((to) => `${from} → ${to}`),
  )
}

function isProduction(file: string): boolean {
  return !/\.(test|fixture)\.ts$|\/(testing|fixtures)\//.test(file)
}

function roomOf(src: string, file: string): string {
  return (
    relative(src, file)
      .replace(/\.[cm]?[jt]s$/, '')
      .split('/')[0] ?? ''
  )
}

function leadsTo(
  edges: Map<string, Set<string>>,
  from: string,
  to: string,
  seen = new Set<string>(),
): boolean {
  if (from === to) return true
  if (seen.has(from)) return false
  seen.add(from)
  return [...(edges.get(from) ?? [])].some((next) => leadsTo(edges, next, to, seen))
}

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
