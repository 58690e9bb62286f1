import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A compiler that answers every call with the given shell program. */
function build(compiler: string): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [join(__dirname, 'build.cjs')], {
    encoding: 'utf8',
    env: { ...process.env, CXX: compiler },
  })
}

describe('building native/', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'build-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('says in one message what to install when there is no compiler', () => {
    const { status, stderr } = build('no-such-compiler')
    expect(status).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/finds no C\+\+ compiler \(no-such-compiler\)\. Install g\+\+ 11/)
  })

  it('says in one message that the compiler is too old for C++20, and names it', () => {
    const old = join(folder, 'old-g++')
    writeFileSync(old, '#!/bin/sh\n[ "$1" = --version ] && echo "g++ (Debian) 6.3.0" && exit 0\nexit 1\n')
    chmodSync(old, 0o755)
    const { status, stderr } = build(old)
    expect(status).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/\(g\+\+ \(Debian\) 6\.3\.0\) cannot compile C\+\+20\. Install g\+\+ 11/)
  })

  it('refuses an option that it does not know', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(__dirname, 'build.cjs'), '--sanitize=none'],
      {
        encoding: 'utf8',
      },
    )
    expect(status).toBe(1)
    expect(stderr).toMatch(/does not know --sanitize=none; use --test/)
  })
})
