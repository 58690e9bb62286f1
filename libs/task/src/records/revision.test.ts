import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { revision } from './revision'
import { uncommittedChanges } from './uncommitted-changes'

const root = mkdtempSync(join(tmpdir(), 'blacksmith-revision-'))
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Tests', '-c', 'user.email=tests@localhost', ...args], {
    cwd: root,
    encoding: 'utf8',
  })
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('a folder without git has no commit and no changes', async () => {
  expect(await revision(root)).toEqual({ commit: null, dirty: false })
  expect(await uncommittedChanges(root)).toBe('')
})

test('a repository that git refuses is not taken for none', async () => {
  const refused = mkdtempSync(join(tmpdir(), 'blacksmith-refused-'))
  mkdirSync(join(refused, '.git'))
  execFileSync('git', ['init', '--quiet'], { cwd: refused })
  // What git makes of a clone that it does not trust: an error, as of every fatal kind.
  writeFileSync(join(refused, '.git/config'), '[core\n')
  expect(await revision(refused)).toEqual({ commit: null, dirty: true })
  expect(await uncommittedChanges(refused)).toMatch(/git diff failed: fatal/)
  rmSync(refused, { recursive: true })
})

test('the patch of a run brings its code back from its commit: changed files and new ones, and no others', async () => {
  mkdirSync(join(root, 'experiments/plain'), { recursive: true })
  writeFileSync(join(root, 'experiments/plain/recipe.py'), 'step = 1\n')
  git('init', '--quiet')
  // As some people have it: no patch that git could apply.
  git('config', 'color.ui', 'always')
  git('config', 'diff.external', 'echo')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'one')
  expect(await revision(root)).toEqual({ commit: git('rev-parse', 'HEAD').trim(), dirty: false })

  writeFileSync(join(root, 'experiments/plain/recipe.py'), 'step = 2\n')
  writeFileSync(join(root, 'experiments/plain/new.py'), 'added = True\n')
  writeFileSync(join(root, 'notes.txt'), 'elsewhere\n')
  const patch = await uncommittedChanges(root)
  expect((await revision(root)).dirty).toBe(true)
  expect(patch).not.toContain('notes.txt')

  git('checkout', '--quiet', '--', '.')
  rmSync(join(root, 'experiments/plain/new.py'))
  writeFileSync(join(root, 'changes.diff'), patch)
  git('apply', 'changes.diff')
  expect(git('diff', '--no-ext-diff', '--stat')).toContain('recipe.py')
  expect(git('status', '--porcelain')).toContain('experiments/plain/new.py')
})

test('a repository without a commit has none, and whatever is in it is a change', async () => {
  const fresh = mkdtempSync(join(tmpdir(), 'blacksmith-fresh-'))
  execFileSync('git', ['init', '--quiet'], { cwd: fresh })
  expect(await revision(fresh)).toEqual({ commit: null, dirty: false })
  writeFileSync(join(fresh, 'recipe.py'), 'step = 1\n')
  expect(await revision(fresh)).toEqual({ commit: null, dirty: true })
  expect(await uncommittedChanges(fresh)).toBe('')
  rmSync(fresh, { recursive: true })
})

test('a commit is known also where git cannot read its index', async () => {
  const commit = git('rev-parse', 'HEAD').trim()
  writeFileSync(join(root, '.git/index'), 'garbage')
  expect(await revision(root)).toEqual({ commit, dirty: true })
})
