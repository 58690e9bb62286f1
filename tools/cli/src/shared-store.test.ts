import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Store } from '@blacksmith/store'
import { withRightsOf } from '@blacksmith/store/folders'
import {
  anotherUser,
  describeUnless,
  otherUser,
  sealed,
  temporaryFolders,
  whyNoOtherUsers,
} from '@blacksmith/store/testing'
import { createLiveRecord } from '@blacksmith/terminal'

const temporary = temporaryFolders()
const command = resolve(__dirname, '../bin/blacksmith.cjs')
const work = 'ab'.repeat(32)

const before = process.umask()
let area: string
let store: Store
beforeAll(async () => {
  // As careful as the first user of a group can be.
  process.umask(0o077)
  area = temporary('commands')
  chmodSync(area, 0o755)
  const home = join(area, 'store')
  mkdirSync(home)
  chownSync(home, 0, otherUser.gid)
  chmodSync(home, 0o2770)
  for (const name of ['leases', 'bundles']) {
    mkdirSync(join(area, name))
    chmodSync(join(area, name), 0o1777)
  }
  store = new Store(home)
  await withRightsOf(home, async () => {
    for (const seed of [1, 2]) await sealed(store, seed, { 'model.safetensors': `weights ${seed}` })
    mkdirSync(join(home, 'work', work), { recursive: true })
    const run = {
      project: 'jax-mnist',
      configuration: 'default',
      target: 'train',
      overrides: [],
      device: 'cpu',
    }
    createLiveRecord(join(home, 'work', work), run).end()
    mkdirSync(join(home, 'envs/jax-0123456789abcdef/lib'), { recursive: true })
    writeFileSync(join(home, 'envs/jax-0123456789abcdef/lib/x.py'), 'x = 1\n')
    writeFileSync(join(home, 'envs/jax-0123456789abcdef/environment.json'), '{}')
  })
})
afterAll(() => {
  process.umask(before)
})

function surroundings() {
  return {
    PATH: process.env.PATH,
    HOME: area,
    XDG_CACHE_HOME: join(area, 'bundles'),
    BLACKSMITH_HOME: store.home,
    BLACKSMITH_LEASE_DIR: join(area, 'leases'),
  }
}

function blacksmith(user: object, ...args: string[]): string {
  const options = { ...user, cwd: area, env: surroundings(), encoding: 'utf8' as const }
  const { stdout, stderr } = spawnSync(process.execPath, [command, ...args], options)
  expect(stderr).toBe('')
  return stdout
}

/** What a stream of events has sent by the time that it has named this. */
async function untilTold(url: string, name: string): Promise<string> {
  let sent = ''
  for await (const chunk of (await fetch(url)).body ?? []) {
    sent += Buffer.from(chunk).toString()
    if (sent.includes(name)) break
  }
  return sent
}

describeUnless(whyNoOtherUsers(), 'in a store that another user of the group fills', () => {
  test('the doctor counts what is there', () => {
    const checks = JSON.parse(blacksmith(otherUser, 'doctor', '--json')) as object[]
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'disk', detail: expect.stringContaining(store.home) }),
    )
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'environments', state: 'ok', detail: '1, of 8 bytes' }),
    )
  })

  test('the dashboard shows finished runs and those that go on', async () => {
    const options = { ...anotherUser, cwd: area, env: surroundings() }
    const dashboard = spawn(process.execPath, [command, 'dashboard'], options)
    try {
      const [line] = await once(dashboard.stdout, 'data')
      const [url = ''] = /http:\S+/.exec(String(line)) ?? []
      const finished = async () =>
        (await (await fetch(`${url}runs`)).json()) as { runs: object[]; complete: boolean }
      while (!(await finished()).complete);
      expect((await finished()).runs).toHaveLength(2)
      expect(await untilTold(`${url}events`, work)).toContain('jax-mnist')
    } finally {
      dashboard.kill()
      await once(dashboard, 'close')
    }
  })

  test('a run is removed', () => {
    const [run] = JSON.parse(blacksmith(otherUser, 'runs', '--json')) as { id: string }[]
    expect(blacksmith(otherUser, 'runs', 'remove', '--yes', run?.id ?? '')).toContain('Removed 1 run,')
    expect(JSON.parse(blacksmith(anotherUser, 'runs', '--json'))).toHaveLength(1)
  })
})
