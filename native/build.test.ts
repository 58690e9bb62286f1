import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Build {
  script?: string
  args?: string[]
  warnings?: 'shown' | 'errors'
}

function build(CXX: string, { script = join(__dirname, 'build.cjs'), args = [], warnings }: Build = {}) {
  return spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: { ...process.env, CXX_WERROR: warnings === 'errors' ? '1' : '', CXX },
  })
}

/** A program that does what the given shell program says. */
function program(name: string, text: string): string {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

/** Small sources in the places of those of native/, so that a real compiler builds them in no time. */
function sources(core = 'int core() { return 0; }\n'): string {
  const root = join(folder, 'native')
  const texts = {
    'core/source.cpp': core,
    'addon/source.cpp': 'int addon() { return 0; }\n',
    'supervisor/main.cpp': 'int main() { return 0; }\n',
    'supervisor/library.cpp': 'int supervise() { return 0; }\n',
  }
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  copyFileSync(join(__dirname, 'build.cjs'), join(root, 'build.cjs'))
  symlinkSync(resolve(__dirname, '../node_modules'), join(folder, 'node_modules'))
  return join(root, 'build.cjs')
}

const supervisor = () => existsSync(join(folder, 'native/build/blacksmith-supervise'))

describe('building native/', () => {
  it('says in one message what to install when there is no compiler', () => {
    const { status, stderr } = build('no-such-compiler')
    expect(status).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/finds no C\+\+ compiler \(no-such-compiler\)\. Install g\+\+ 11/)
  })

  it('says in one message that the compiler is too old for C++20, and names it', () => {
    const old = program('old-g++', '[ "$1" = --version ] && echo "g++ (Debian) 6.3.0" && exit 0\nexit 1')
    const { status, stderr } = build(old)
    expect(status).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/\(g\+\+ \(Debian\) 6\.3\.0\) cannot compile C\+\+20\. Install g\+\+ 11/)
  })

  it('refuses an option that it does not know', () => {
    const { status, stderr } = build('', { args: ['--sanitize=none'] })
    expect(status).toBe(1)
    expect(stderr).toMatch(/does not know --sanitize=none; use --test/)
  })

  it.each([
    ['names nothing', () => ' '],
    ['has a launcher before it', () => `${program('launcher', 'exec "$@"')} g++`],
    ['has arguments of its own', () => 'g++ -O1 "-DSAID=two words"'],
    ['lies where a name has a space', () => program('my tools/g++', 'exec g++ "$@"')],
    [
      'lies there, in quotes, behind a launcher',
      () => `env '${program('my tools/g++', 'exec g++ "$@"')}' -O1`,
    ],
    ['lies there, spelt for a shell', () => program('my tools/g++', 'exec g++ "$@"').replace(' ', '\\ ')],
  ])('works where CXX %s', (_, compiler) => {
    const script = sources()
    const { status, stderr, stdout } = build(compiler(), { script })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('built native/build')
    expect(supervisor()).toBe(true)
  })

  it('names the whole of CXX where it cannot be started', () => {
    expect(build('no-such-launcher g++').stderr).toMatch(
      /finds no C\+\+ compiler \(no-such-launcher g\+\+\)\./,
    )
  })

  describe('with a compiler that warns', () => {
    const doubtful = 'int core() { int unused; return 0; }\n'

    it('shows the warning and goes on', () => {
      const { status, stderr } = build('g++', { script: sources(doubtful) })
      expect(stderr).toMatch(/source\.cpp:1:.*warning: unused variable/)
      expect(status).toBe(0)
      expect(supervisor()).toBe(true)
    })

    it('fails where warnings are errors', () => {
      const { status, stderr } = build('g++', { script: sources(doubtful), warnings: 'errors' })
      expect(stderr).toMatch(/this compiler call failed[\s\S]*error: unused variable/)
      expect(status).toBe(1)
    })
  })
})
