import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mayHoldSecrets } from './secret-files'
import { uncommittedChanges } from './uncommitted-changes'

const area = mkdtempSync(join(tmpdir(), 'blacksmith-changes-'))
afterAll(() => rmSync(area, { recursive: true, force: true }))

let root: string
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Tests', '-c', 'user.email=tests@localhost', ...args], {
    cwd: root,
    encoding: 'utf8',
  })
const write = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}
const commit = () => {
  git('add', '--all', '--force')
  git('commit', '--quiet', '--message', 'one')
}

beforeEach(() => {
  root = mkdtempSync(join(area, 'repository-'))
  git('init', '--quiet')
  write('experiments/plain/recipe.py', 'step = 1\n')
  commit()
})

const token = 'q7Xz2LmP9vKd4RtB8nWs'

describe('a file that is there for secrets is named, and not shown,', () => {
  test.each([
    ['.env', 'new'],
    ['.env.local', 'new'],
    ['.env', 'changed'],
    ['kaggle.json', 'changed'],
  ])('%s, where it is %s', async (name, how) => {
    const path = `experiments/plain/${name}`
    if (how === 'changed') {
      write(path, `before=${token}\n`)
      commit()
    }
    write(path, `now=${token}\n`)
    const patch = await uncommittedChanges(root, {})
    expect(patch).toBe(`${how} file, not shown: ${path} (it may hold secrets)\n`)
  })

  test('where it was taken away, or is named otherwise now', async () => {
    const path = 'experiments/plain/.env'
    write(path, `API_TOKEN=${token}\n${'# words\n'.repeat(20)}`)
    commit()
    git('mv', path, 'experiments/plain/settings.txt')
    const patch = await uncommittedChanges(root, {})
    expect(patch).toContain(`changed file, not shown: ${path}`)
    expect(patch).toContain('+API_TOKEN=<API_TOKEN>')
    expect(patch).not.toContain(token)
  })

  test.each([
    ...[
      '.env',
      'a/.env.local',
      '.env.production.local',
      '.envrc',
      '.flaskenv',
      'prod.env',
      '.env/x',
      '..env.swp',
    ],
    ...['.env~', '.netrc', 'a/.npmrc', 'id_ed25519', 'deploy.pem', 'server.KEY', 'secrets.yaml', 'token.txt'],
    ...[
      'credentials.json',
      'aws_credentials',
      '.aws/config',
      '.ssh/known',
      'service-account-7.json',
      '.token',
    ],
  ])('whose name is %s', (path) => {
    expect(mayHoldSecrets(path)).toBe(true)
  })

  test.each([
    ...[
      'env.py',
      'environment.yaml',
      'a/env/cart.py',
      'secrets.py',
      'tokens.txt',
      'tokenizer.json',
      'token.py',
    ],
    ...['keys.py', 'monkey', 'credentials.ts', '.gitignore', 'recipe.py'],
  ])('and one whose name is %s is shown', (path) => {
    expect(mayHoldSecrets(path)).toBe(false)
  })
})

test('secrets in what is shown are blanked', async () => {
  write('experiments/plain/recipe.py', `token = "${token}"\nlogin("from-the-environment")\n`)
  write('experiments/plain/new.sh', 'curl https://me:pw@host/\n')
  const patch = await uncommittedChanges(root, { HUB_PASSWORD: 'from-the-environment' })
  expect(patch).toContain('+token = "<token>"\n+login("<HUB_PASSWORD>")\n')
  expect(patch).toContain('+curl https://me:<password>@host/')
})

test('a large file is named with its size: new, changed, or taken away', async () => {
  const bytes = 3 << 20
  for (const name of ['changed', 'gone']) write(`experiments/plain/${name}.bin`, randomBytes(bytes))
  commit()
  write('experiments/plain/new.bin', randomBytes(bytes))
  write('experiments/plain/changed.bin', 'short')
  rmSync(join(root, 'experiments/plain/gone.bin'))
  write('experiments/plain/recipe.py', 'step = 2\n')
  const patch = await uncommittedChanges(root, {})
  expect(patch).toContain('+step = 2')
  expect(patch.split('\n').slice(-4)).toEqual([
    `changed file, not shown: experiments/plain/changed.bin (${bytes} bytes)`,
    `changed file, not shown: experiments/plain/gone.bin (${bytes} bytes)`,
    `new file, not shown: experiments/plain/new.bin (${bytes} bytes)`,
    '',
  ])
})

test('many files make no large patch, and what is named of them stays short', async () => {
  for (let at = 0; at < 12; at++) write(`experiments/plain/a${at}.bin`, randomBytes(1_000_000))
  for (let at = 0; at < 450; at++) write(`libs/python/blacksmith/b${at}`, `${at}`)
  const patch = await uncommittedChanges(root, {})
  expect(patch.length).toBeLessThan(12 << 20)
  expect(patch.match(/^diff --git/gm)).toHaveLength(200)
  expect(patch.match(/not shown: experiments.* \(1000000 bytes\)/g)).toHaveLength(4)
  expect(patch.match(/not shown: libs\/python.* \(there are many\)/g)).toHaveLength(196)
  expect(patch).toMatch(/\nand 62 more files, not shown\n$/)
})

test('files that git names in its own ways are shown, and a repository within is named', async () => {
  write('experiments/plain/[ü] *.py', 'a = 1\n')
  commit()
  write('experiments/plain/[ü] *.py', 'a = 2\n')
  write('experiments/plain/x *.py', 'b = 1\n')
  execFileSync('git', ['init', '--quiet', join(root, 'experiments/other')])
  write('experiments/other/c.py', 'c = 1\n')
  const patch = await uncommittedChanges(root, {})
  expect(patch).toContain('+a = 2')
  expect(patch).toContain('+b = 1')
  expect(patch).not.toContain('+c = 1')
  expect(patch).toMatch(/new file, not shown: experiments\/other\/ \(it is no file\)/)
})
