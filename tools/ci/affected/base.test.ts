import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decideBase } from './base'
import { changedFiles } from './git'

const area = mkdtempSync(join(tmpdir(), 'blacksmith-base-'))
afterAll(() => rmSync(area, { recursive: true, force: true }))

const git = (directory: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Tests', '-c', 'user.email=tests@localhost', ...args], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()

function commit(directory: string, file: string): string {
  writeFileSync(join(directory, file), file)
  git(directory, 'add', '--all')
  git(directory, 'commit', '--quiet', '--message', file)
  return git(directory, 'rev-parse', 'HEAD')
}

function repository(...files: string[]) {
  const directory = mkdtempSync(join(area, 'repository-'))
  git(directory, 'init', '--quiet', '--initial-branch=main')
  return { directory, commits: files.map((file) => commit(directory, file)) }
}

const becauseOf = (directory: string, env: NodeJS.ProcessEnv = {}, asked?: string) => {
  const base = decideBase(directory, asked, env)
  expect(base).toHaveProperty('everything', true)
  return base.because
}

describe('everything is trained, with the reason', () => {
  test('in a folder without git', () => {
    expect(becauseOf(mkdtempSync(join(area, 'plain-')))).toMatch(/no git work tree/)
  })

  test('where nothing was committed', () => {
    expect(becauseOf(repository().directory)).toMatch(/no commit yet/)
  })

  test('at the first commit', () => {
    expect(becauseOf(repository('a').directory)).toMatch(/first commit/)
  })

  test('in a shallow clone', () => {
    const { directory } = repository('a', 'b')
    git(area, 'clone', '--quiet', '--depth=1', `file://${directory}`, 'shallow')
    expect(becauseOf(join(area, 'shallow'))).toMatch(/shallow.*fetch-depth: 0/)
  })

  test('when the named base is not in the clone', () => {
    expect(becauseOf(repository('a').directory, { GITHUB_BASE_REF: 'main' })).toMatch(
      /GITHUB_BASE_REF names origin\/main, which is not in this clone/,
    )
    expect(becauseOf(repository('a').directory, {}, 'f00')).toMatch(/--base names f00/)
  })

  test('when a flag stands in place of the base', () => {
    expect(becauseOf(repository('a').directory, { NX_BASE: '--output=/tmp/x' })).toMatch(/not in this clone/)
  })

  test('when the push made the branch', () => {
    expect(becauseOf(repository('a').directory, { CI_COMMIT_BEFORE_SHA: '0'.repeat(40) })).toMatch(
      /nothing before it/,
    )
  })

  test.each([
    ['the flag', {}, '', '--base is empty'],
    ['the flag, but for a space', {}, ' ', '--base is empty'],
    ['the flag, whatever the environment names', { NX_BASE: 'HEAD~1' }, '', '--base is empty'],
    ['NX_BASE', { NX_BASE: '' }, undefined, 'NX_BASE is empty'],
    ['CI_COMMIT_BEFORE_SHA', { CI_COMMIT_BEFORE_SHA: '' }, undefined, 'CI_COMMIT_BEFORE_SHA is empty'],
    ['GITHUB_EVENT_PATH', { GITHUB_EVENT_PATH: '' }, undefined, 'GITHUB_EVENT_PATH is empty'],
  ])('when what should name the base is empty: %s', (_, env, asked, because) => {
    expect(becauseOf(repository('a', 'b').directory, env, asked)).toBe(because)
  })

  test.each([
    ['is not there', undefined, /event\.json \(GITHUB_EVENT_PATH\) cannot be read: ENOENT/],
    ['is no JSON', '<html>', /cannot be read: .*JSON/],
    ['is empty', '', /cannot be read: .*JSON/],
    ['is no object', 'null', /names no commit before it/],
    ['is no push', '{"schedule":"0 3 * * *"}', /names no commit before it/],
    ['has something else in that place', '{"before":7}', /names no commit before it/],
    ['has nothing in that place', '{"before":""}', /the push is empty/],
    ['is the first push', `{"before":"${'0'.repeat(40)}"}`, /nothing before it/],
    ['is a push over what was there', `{"before":"${'f'.repeat(40)}"}`, /not in this clone/],
  ])('when the event of GitHub %s', (_, content, because) => {
    const event = join(mkdtempSync(join(area, 'event-')), 'event.json')
    if (content !== undefined) writeFileSync(event, content)
    expect(becauseOf(repository('a', 'b').directory, { GITHUB_EVENT_PATH: event })).toMatch(because)
  })

  test('when git cannot tell what has changed', () => {
    const { directory } = repository('a', 'b')
    writeFileSync(join(directory, '.git/index'), 'garbage')
    expect(becauseOf(directory)).toMatch(/git cannot tell what has changed \(.*index/)
  })

  test('when base and HEAD have no common history', () => {
    const { directory, commits } = repository('a')
    git(directory, 'checkout', '--quiet', '--orphan', 'other')
    commit(directory, 'b')
    expect(becauseOf(directory, { NX_BASE: commits[0] })).toMatch(/shares no history/)
  })

  test('when there is no main branch', () => {
    const { directory } = repository('a', 'b')
    git(directory, 'branch', '--move', 'main', 'trunk')
    expect(becauseOf(directory)).toMatch(/no branch main or master/)
  })
})

describe('a change is counted', () => {
  test('from where the branch left main, when main has moved on too', () => {
    const { directory, commits } = repository('a')
    git(directory, 'checkout', '--quiet', '-b', 'topic')
    commit(directory, 'mine')
    git(directory, 'checkout', '--quiet', 'main')
    commit(directory, 'theirs')
    git(directory, 'checkout', '--quiet', 'topic')
    for (const env of [{}, { NX_BASE: 'main' }]) {
      expect(decideBase(directory, undefined, env)).toMatchObject({ since: commits[0] })
    }
    expect(changedFiles(directory, commits[0] ?? '')).toEqual(['mine'])
  })

  test('from the commit before, on main', () => {
    const { directory, commits } = repository('a', 'b')
    expect(decideBase(directory, undefined, {})).toMatchObject({ since: commits[0] })
  })

  test('from the last commit, where the work tree has changes', () => {
    const { directory, commits } = repository('a', 'b')
    writeFileSync(join(directory, 'ünew'), '')
    expect(decideBase(directory, undefined, {})).toMatchObject({ since: commits[1] })
    expect(changedFiles(directory, commits[1] ?? '')).toEqual(['ünew'])
  })

  test('from what the branch pointed to before the push', () => {
    const { directory, commits } = repository('a', 'b', 'c')
    const event = join(area, 'event.json')
    writeFileSync(event, JSON.stringify({ before: commits[0] }))
    expect(decideBase(directory, undefined, { GITHUB_EVENT_PATH: event })).toMatchObject({
      since: commits[0],
    })
  })

  test('from main, where GitHub names no base since there is no pull request', () => {
    const { directory, commits } = repository('a', 'b')
    const env = { GITHUB_BASE_REF: '', CI_MERGE_REQUEST_DIFF_BASE_SHA: '' }
    expect(decideBase(directory, undefined, env)).toMatchObject({ since: commits[0] })
  })

  test('from the flag first, then NX_BASE, then the CI service', () => {
    const { directory, commits } = repository('a', 'b', 'c')
    const env = { NX_BASE: commits[1], CI_COMMIT_BEFORE_SHA: 'f00' }
    expect(decideBase(directory, commits[0], env)).toMatchObject({ since: commits[0] })
    expect(decideBase(directory, undefined, env)).toMatchObject({ since: commits[1] })
  })
})
