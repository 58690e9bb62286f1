import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const repository = resolve(__dirname, '../../..')

/** Pages that are followed from their first command to their last, in the order in which a new user would. */
export const guides = [
  'first-run',
  'anatomy',
  'add-an-experiment',
  'add-a-dataset',
  'configurations',
  'sweeps',
  'runs',
  'shared-box',
  'several-devices',
  'devices',
  'ci',
  'cluster',
  'share-a-cache',
  'debugging',
  'troubleshooting',
].map((name) => `docs/${name}.md`)

/** A fenced block of a page: what it holds, and what its info string says about it. */
export interface Block {
  language: string
  /** `skip=network`, `fails`, `file=…` */
  marks: Record<string, string>
  text: string
  line: number
}

/** Workspace-relative paths of the pages that people read. */
export function pages(): string[] {
  const guides = readdirSync(join(repository, 'docs')).filter((name) => name.endsWith('.md'))
  return ['README.md', 'CONTRIBUTING.md', ...guides.map((name) => `docs/${name}`)]
}

/** Those that stand beside code, too. */
export function everyPage(): string[] {
  const tracked = execFileSync('git', ['ls-files', '*.md'], { cwd: repository, encoding: 'utf8' })
  // Git lists what has been removed until that is committed.
  return tracked
    .trim()
    .split('\n')
    .filter((path) => existsSync(join(repository, path)))
}

export function page(path: string): string {
  return readFileSync(join(repository, path), 'utf8')
}

export function blocks(path: string): Block[] {
  const found: Block[] = []
  const lines = page(path).split('\n')
  for (let at = 0; at < lines.length; at++) {
    const info = lines[at]?.match(/^```(\S+)(.*)$/)
    if (!info) continue
    const end = lines.indexOf('```', at)
    if (end < 0) throw new Error(`${path}:${at + 1}: a block without an end`)
    const marks = (info[2] ?? '').trim().split(/\s+/).filter(Boolean)
    found.push({
      language: info[1] ?? '',
      marks: Object.fromEntries(marks.map((mark) => mark.split('=') as [string, string])),
      text: lines.slice(at + 1, end).join('\n'),
      line: at + 1,
    })
    at = end
  }
  return found
}

/** Targets of the links of a page, without those that lead elsewhere. */
export function links(path: string): string[] {
  const text = page(path).replace(/^```.*?^```$/gms, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
}

/** The anchors that GitHub gives the headings of a page. */
export function anchors(path: string): string[] {
  return headings(path).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}

export function headings(path: string): string[] {
  const text = page(path).replace(/^```.*?^```$/gms, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
}
