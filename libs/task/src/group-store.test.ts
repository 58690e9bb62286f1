import { chmodSync, chownSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
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
  const rootOf = ({ uid }: { uid: number }) => join(area, `home of ${uid}`)
  for (const user of [otherUser, anotherUser]) {
    cpSync(tiny.root, rootOf(user), { recursive: true, verbatimSymlinks: true })
    for (const path of ['.', ...(readdirSync(rootOf(user), { recursive: true }) as string[])])
      if (!path.startsWith('node_modules')) chownSync(join(rootOf(user), path), user.uid, user.gid)
    chmodSync(rootOf(user), 0o700)
  }
  tiny.dispose()
  return async (
    user: typeof open,
    target: Target,
    { set = [], ...more }: { set?: string[]; stopAt?: number } = {},
  ) => {
    const env = {
      BLACKSMITH_HOME: home,
      BLACKSMITH_LEASE_DIR: join(area, 'leases'),
      BLACKSMITH_PYTHON: 'python3',
      HOME: rootOf(user),
    }
    const order = { workspaceRoot: rootOf(user), target, set, env, ...more }
    const program = join(__dirname, 'testing/run-as-user.ts')
    const compiled = compiledFor(join(area, 'compiled'), user)
    return runChild(program, order, { ...user, compiled })
  }
}

describeUnless(whyNoOtherUsers(), 'a store for a group', () => {
  it('lets each go on with what the other made, whatever their umasks', async () => {
    const run = groupStore()
    const long = ['training.seed=2', 'training.epochs=60']
    expect(await run(open, 'train')).toMatchObject({ errors: '' })
    const stopped = await run(closed, 'train', { set: [...long, 'training.pause=0.2'], stopAt: 2 })
    expect(stopped).toMatchObject({ errors: expect.stringContaining('stopped') })
    const continued = await run(open, 'train', { set: long })
    expect(continued).toMatchObject({ errors: '', output: expect.stringContaining('continuing at step') })
    expect(closedToTheGroup(join(area, 'store'))).toEqual([])
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
