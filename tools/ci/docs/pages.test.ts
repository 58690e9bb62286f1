import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { anchors, blocks, everyPage, guides, headings, links, pages, repository } from './pages'

/** Why a block is not run by e2e/docs.e2e.ts: what it needs, or what it would do. */
const reasons = [
  'hardware',
  'network',
  'root',
  'installs',
  'minutes',
  'stays',
  'service',
  'example',
  'changes-git',
  'elsewhere',
]

test.each(everyPage())('%s links only to what is there', (path) => {
  for (const link of links(path)) {
    const [target = '', anchor] = link.split('#')
    const file = target === '' ? path : join(dirname(path), target)
    expect(existsSync(join(repository, file)) ? '' : `${path}: ${link}`).toBe('')
    if (anchor !== undefined) expect(anchors(file)).toContain(anchor)
  }
})

test('every guide is in the list of guides', () => {
  const listed = links('docs/README.md').map((link) => `docs/${link}`)
  const there = pages().filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
  expect(there.sort()).toEqual(listed.sort())
})

test('every experiment is in the table of experiments', () => {
  const there = everyPage().filter((path) => /^experiments\/.*\/README\.md$/.test(path))
  expect(
    links('README.md')
      .filter((link) => there.includes(link))
      .sort(),
  ).toEqual(there)
})

test('every command of a page is run, or says why not', () => {
  const shell = pages().flatMap((path) =>
    blocks(path)
      .filter(({ language }) => language === 'sh')
      .map(({ marks: { skip }, line }) => ({ path, line, skip })),
  )
  const unexplained = shell.filter(({ path, skip }) =>
    skip === undefined ? !guides.includes(path) : !reasons.includes(skip),
  )
  expect(unexplained).toEqual([])
})

test('the messages that troubleshooting explains are messages that there are', () => {
  const grep = (text: string) =>
    spawnSync('git', ['grep', '-qF', text, '--', 'libs', 'native', 'tools'], { cwd: repository }).status === 0
  const explained = headings('docs/troubleshooting.md')
    .slice(1)
    .filter((heading) => !heading.startsWith('It '))
  expect(explained.filter((heading) => !grep(heading))).toEqual([])
})
