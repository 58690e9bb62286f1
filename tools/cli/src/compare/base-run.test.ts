import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { keyOf, type ProvenanceDraft, runId, Store, type StoredRun } from '@blacksmith/store'
import { baseRun } from './base-run'
import { Branch } from './branch'

let folder: string
let store: Store
let count = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'base-run-'))
  store = new Store(join(folder, 'home'))
  git('init', '-q', '-b', 'main')
  commit({ 'experiments/plain/tiny/recipe.py': 'first\n' })
})
afterEach(() => rmSync(folder, { recursive: true }))

const root = () => join(folder, 'repository')

function git(...args: string[]): string {
  mkdirSync(root(), { recursive: true })
  const who = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  return execFileSync('git', args, { cwd: root(), env: { ...process.env, ...who }, encoding: 'utf8' }).trim()
}

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root(), path)), { recursive: true })
    writeFileSync(join(root(), path), text)
  }
}

function commit(files: Record<string, string>): string {
  write(files)
  git('add', '.')
  git('commit', '-q', '-m', 'change')
  return git('rev-parse', 'HEAD')
}

/** Stores a run made from the working tree as it is. */
async function stored(more: Partial<ProvenanceDraft> = {}): Promise<StoredRun> {
  count += 1
  const components = { version: 1, target: 'evaluate' as const, count }
  const key = keyOf(components)
  const staging = await store.stage(key)
  writeFileSync(join(staging, 'metrics.json'), `{"accuracy": ${count}}`)
  const patch = git('diff', 'HEAD')
  if (patch) writeFileSync(join(staging, 'changes.diff'), `${patch}\n`)
  const at = new Date(1_777_000_000_000 + count * 1000).toISOString()
  const artifact = await store.seal(
    key,
    staging,
    {
      version: 1,
      id: runId(key),
      key,
      components,
      project: 'plain-tiny',
      configuration: 'default',
      target: 'evaluate',
      overrides: [],
      commit: git('rev-parse', 'HEAD'),
      dirty: patch !== '',
      environment: {},
      device: { kind: 'cpu' },
      started: at,
      finished: at,
      seconds: 1,
      ...more,
    },
    ['changes.diff'],
  )
  return { ...artifact, id: runId(key), labels: { tags: [] }, bytes: 0, used: 0 }
}

const base = async (run: StoredRun, branch = 'main') =>
  (await baseRun(store.layout, run, new Branch(root(), branch), 'experiments/plain/tiny')).id

test('the newest run at a commit of the branch is taken, and none of another experiment or configuration', async () => {
  await stored()
  const newest = await stored()
  await stored({ project: 'plain-other' })
  await stored({ configuration: 'full' })
  await stored({ target: 'evaluate', commit: null })
  git('checkout', '-q', '-b', 'feature')
  commit({ 'experiments/plain/tiny/recipe.py': 'second\n' })
  expect(await base(await stored())).toBe(newest.id)
})

test('of the branch’s runs the one with the same flags is taken', async () => {
  const flagged = await stored({ overrides: ['training.steps=9'] })
  const plain = await stored()
  expect(await base(await stored({ commit: null, overrides: ['training.steps=9'] }))).toBe(flagged.id)
  expect(await base(await stored({ commit: null, overrides: ['training.steps=8'] }))).toBe(plain.id)
})

test('a run from uncommitted changes is the branch’s once the branch holds the same', async () => {
  write({ 'experiments/plain/tiny/recipe.py': 'second\n' })
  const early = await stored()
  await expect(base(early)).rejects.toThrow('none of the 1 runs of plain-tiny:evaluate in the store was made')
  commit({ 'docs/guide.md': 'words\n', 'experiments/plain/tiny/recipe.py': 'second\n' })
  expect(await base(early)).toBe(early.id)
  expect(git('status', '--porcelain')).toBe('')
})

test('a branch that was squashed into another one made its runs', async () => {
  git('checkout', '-q', '-b', 'feature')
  commit({ 'experiments/plain/tiny/recipe.py': 'second\n' })
  const run = await stored()
  git('checkout', '-q', 'main')
  await expect(base(run)).rejects.toThrow('git worktree add')
  git('merge', '-q', '--squash', 'feature')
  git('commit', '-q', '-m', 'squashed')
  expect(await base(run)).toBe(run.id)
})

test('a commit that is not in the repository is on no branch, and a branch that is not there is named', async () => {
  const run = await stored({ commit: 'c'.repeat(40) })
  await expect(base(run)).rejects.toThrow('in the store was made from what main holds')
  await expect(base(run, 'nowhere')).rejects.toThrow('--against=nowhere  git knows no such branch here')
  await expect(base(run, '--output=x')).rejects.toThrow('git knows no such branch here')
})
