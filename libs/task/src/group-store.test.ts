import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Target } from '@blacksmith/store'
import {
  anotherUser,
  compiledFor,
  describeUnless,
  otherUser,
  runChild,
  whyNoOtherUsers,
} from '@blacksmith/store/testing'
import { TinyWorkspace } from './testing/tiny-workspace'

jest.setTimeout(600_000)

let area: string
beforeEach(() => {
  area = mkdtempSync(join(tmpdir(), 'blacksmith-group-'))
  chmodSync(area, 0o755)
})
afterEach(() => rmSync(area, { recursive: true, force: true }))

/** Two users of a group: one lets others read what they make, as most do, the other nothing. */
const open = { ...otherUser, umask: 0o022 }
const closed = { ...anotherUser, umask: 0o077 }

/** A store for a group, and for each of two users a workspace that nobody else may look into. */
function groupStore() {
  const home = join(area, 'store')
  mkdirSync(home)
  chownSync(home, 0, otherUser.gid)
  chmodSync(home, 0o2770)
  for (const name of ['leases', 'compiled']) {
    mkdirSync(join(area, name))
    chmodSync(join(area, name), 0o1777)
  }
  const tiny = new TinyWorkspace()
  // Large enough for a copy that all capsules share.
  tiny.write('experiments/plain/tiny/large.bin', 'x'.repeat(5 << 20))
  const yaml = 'experiments/plain/tiny/experiment.yaml'
  tiny.write(yaml, `${tiny.read(yaml)}inputs: [large.bin]\n`)
  const rootOf = ({ uid }: { uid: number }) => join(area, `home of ${uid}`)
  for (const user of [otherUser, anotherUser]) {
    cpSync(tiny.root, rootOf(user), { recursive: true, verbatimSymlinks: true })
    for (const path of ['.', ...(readdirSync(rootOf(user), { recursive: true }) as string[])])
      if (!path.startsWith('node_modules')) chownSync(join(rootOf(user), path), user.uid, user.gid)
    chmodSync(rootOf(user), 0o700)
  }
  tiny.dispose()
  const start = (user: typeof open, program: string, order: object) => {
    const env = {
      BLACKSMITH_HOME: home,
      BLACKSMITH_LEASE_DIR: join(area, 'leases'),
      BLACKSMITH_PYTHON: 'python3',
      HOME: rootOf(user),
    }
    const compiled = compiledFor(join(area, 'compiled'), user)
    const whole = { workspaceRoot: rootOf(user), env, ...order }
    return runChild(join(__dirname, 'testing', program), whole, { ...user, compiled })
  }
  const run = (user: typeof open, target: Target, o: { set?: string[]; stopAt?: number } = {}) =>
    start(user, 'run-as-user.ts', { target, set: [], ...o })
  const visit = async (user: typeof open, does: 'environment' | 'collect', name?: string) => {
    const env = {
      BLACKSMITH_HOME: home,
      BLACKSMITH_PYTHON: '',
      PATH: `${join(area, 'bin')}:${process.env.PATH}`,
    }
    const { errors, output } = await start(user, 'visit-store.ts', { does, name, env })
    expect(errors).toBe('')
    return JSON.parse(output)
  }
  return { run, visit }
}

/** A uv that installs one module, since what it is about here are the rights of files. */
function addFakeUv(): void {
  mkdirSync(join(area, 'bin'))
  const script = `#!/bin/sh
case "$1" in
  --version) echo uv 0.9 ;;
  venv) shift 4; exec python3 -m venv --without-pip "$1" ;;
  pip) cd "\${4%/bin/python}"/lib/python*/site-packages && mkdir tiny-1.0.dist-info && echo "x = 1" > tiny.py ;;
esac
`
  writeFileSync(join(area, 'bin/uv'), script, { mode: 0o755 })
  chmodSync(join(area, 'bin/uv'), 0o755)
}

describeUnless(whyNoOtherUsers(), 'a store for a group', () => {
  it('lets each go on with what the other made, whatever their umasks', async () => {
    const { run } = groupStore()
    const long = ['training.seed=2', 'training.epochs=60']
    expect(await run(open, 'train')).toMatchObject({ errors: '' })
    const stopped = await run(closed, 'train', { set: [...long, 'training.pause=0.2'], stopAt: 2 })
    expect(stopped).toMatchObject({ errors: expect.stringContaining('stopped') })
    const continued = await run(open, 'train', { set: long })
    expect(continued).toMatchObject({ errors: '', output: expect.stringContaining('continuing at step') })
    const home = join(area, 'store')
    expect(readdirSync(join(home, 'inputs')).filter((name) => /^[0-9a-f]{64}$/.test(name))).toHaveLength(1)
    expect(closedToTheGroup(home)).toEqual([])
  })

  it('lets each use, mend and take away an environment that the other made', async () => {
    addFakeUv()
    const { visit } = groupStore()
    const { python } = await visit(open, 'environment', 'plain')
    expect(await visit(closed, 'environment', 'plain')).toEqual({ python, lines: [] })
    const packages = join(python, '../../lib')
    const [module = ''] = (readdirSync(packages, { recursive: true }) as string[]).filter((path) =>
      path.endsWith('/tiny.py'),
    )
    appendFileSync(join(packages, module), 'x = 2\n')
    const mended = await visit(closed, 'environment', 'plain')
    expect(mended.lines[0]).toMatch(/tiny\.py changed.*it is made again$/)
    expect(await visit(open, 'environment', 'plain')).toEqual({ python, lines: [] })
    expect(closedToTheGroup(join(area, 'store'))).toEqual([])
    expect((await visit(open, 'collect')).removed).toContain('environment')
    expect(existsSync(python)).toBe(false)
  })
})

/** What of a store its group may not read or, where it is a folder, write to; what any user makes anew apart. */
function closedToTheGroup(home: string): string[] {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ entry, path }) => {
      const { mode, gid } = lstatSync(path)
      const least = entry.isDirectory() ? 0o2070 : 0o040
      const remade = /\/(graph|given|used)\/./.test(path)
      return !remade && (gid !== otherUser.gid || (mode & least) !== least)
    })
    .map(({ path }) => path)
}
