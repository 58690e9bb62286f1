import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { page, repository } from './pages'

const { workspaces } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  workspaces: string[]
}

const [, folders = ''] = page('docs/architecture.md')
  .split(/^## /m)
  .filter((part, at) => at === 0 || part.startsWith('Folders'))

/** Rows of the table of folders that are packages: the folder, and what the table says it imports. */
const rows = [...folders.matchAll(/^\| `([^`]+)` \| .* \| ([^|]+) \|$/gm)]
  .map(([, folder = '', imports = '']) => ({ folder: folder.replace(/\/$/, ''), imports }))
  .filter(({ folder }) => workspaces.includes(folder))

test('each package has one row in the table of folders', () => {
  expect(rows.map(({ folder }) => folder).sort()).toEqual([...workspaces].sort())
})

test.each(rows)('$folder imports what its row says, which stands above it', ({ folder, imports }) => {
  const { dependencies = {} } = JSON.parse(
    readFileSync(join(repository, folder, 'package.json'), 'utf8'),
  ) as {
    dependencies?: Record<string, string>
  }
  const ours = Object.keys(dependencies).filter((name) => name.startsWith('@blacksmith/'))
  const names = ours.map((name) => basename(name)).sort()
  const above = rows
    .slice(
      0,
      rows.findIndex((row) => row.folder === folder),
    )
    .map((row) => basename(row.folder))
  expect(names.filter((name) => !above.includes(name))).toEqual([])
  if (/^[a-z-]+(, [a-z-]+)*$/.test(imports)) expect(names.join(', ')).toBe(imports)
  if (imports === '–') expect(names).toEqual([])
})
