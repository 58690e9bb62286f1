import { execFileSync } from 'node:child_process'
import { internalSettings, type Setting, settings } from '@blacksmith/config/header'
import { repository } from './pages'

/** Names in the code that look like variables and are none. */
const others = ['BLACKSMITH_REFUSAL']

/** Files in which a name may stand without being read. */
const notRead = [':!*.md', ':!*test*', ':!libs/config/src/settings']

/** All names that stand in code of any language, with the folders that they stand in. */
export function namesInCode(): Map<string, Set<string>> {
  const paths = ['libs', 'native', 'tools', 'e2e', 'benchmarks', ...notRead]
  const args = ['grep', '-oE', 'BLACKSMITH_[A-Z_]*[A-Z]', '--', ...paths]
  const found = execFileSync('git', args, { cwd: repository, encoding: 'utf8' })
  const folders = new Map<string, Set<string>>()
  for (const line of found.trim().split('\n')) {
    const [file = '', name = ''] = line.split(':')
    if (others.includes(name)) continue
    folders.set(name, (folders.get(name) ?? new Set()).add(packageOf(file)))
  }
  return folders
}

/** `libs/store` of a file anywhere below it; a folder that holds no packages is one itself. */
function packageOf(file: string): string {
  const [top = '', next = ''] = file.split('/')
  return top === 'libs' || top === 'tools' ? `${top}/${next}` : top
}

export const variablesPage = 'docs/variables.md'
const marker = /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g

/** The page with its tables as they should be. */
export function withTables(text: string): string {
  const tables: Record<string, string> = { settings: table(settings), internal: table(internalSettings) }
  return text.replace(marker, (_all, begin, name, end) => `${begin}${tables[name]}${end}`)
}

function table(variables: Record<string, Setting>): string {
  const rows = Object.entries(variables).map(
    ([name, { meaning, without }]) => `| \`${name}\` | ${meaning} | ${without} |\n`,
  )
  return `\n| variable | meaning | without it |\n| --- | --- | --- |\n${rows.join('')}\n`
}
