import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Target } from '@blacksmith/store'
import { plan } from './plan'
import { processor } from './records/processor'
import { execute } from './testing/execute'
import { TinyWorkspace } from './testing/tiny-workspace'

const targets = ['prepare-data', 'train', 'evaluate'] as const

let area: string
let remote: string
let workspace: TinyWorkspace
beforeEach(() => {
  area = mkdtempSync(join(tmpdir(), 'blacksmith-share-'))
  remote = join(area, 'remote')
  mkdirSync(remote)
  workspace = new TinyWorkspace()
  process.env.BLACKSMITH_REMOTE = remote
})
afterEach(() => {
  workspace.dispose()
  rmSync(area, { recursive: true, force: true })
})

const run = (target: Target, ...set: string[]) =>
  execute(workspace.request(target, ...set), workspace.session())
const manifests = () => targets.map((target) => readFileSync(workspace.dist(target, 'manifest.json'), 'utf8'))

/** From here on the workspace is on another machine: nothing is in its dist/, and it has a store of its own. */
function moveToAnotherMachine(): string {
  const home = join(area, 'other')
  mkdirSync(home)
  const known = process.env.KNOWN_TO_TESTS ?? ''
  for (const name of readdirSync(known)) symlinkSync(join(known, name), join(home, name))
  rmSync(workspace.path('dist'), { recursive: true, force: true })
  process.env.BLACKSMITH_HOME = home
  workspace.said()
  return home
}

test('a second machine takes no step: it fetches all that the first has made, and says from where', async () => {
  const first = await run('evaluate')
  const made = manifests()
  const home = moveToAnotherMachine()
  expect((await run('evaluate')).results).toEqual(first.results)
  expect(manifests()).toEqual(made)
  const said = workspace.said()
  for (const target of targets)
    expect(said).toMatch(new RegExp(`pulled run [0-9a-f]{10} \\(plain-tiny:${target}\\) from ${remote}`))
  expect(existsSync(join(home, 'work'))).toBe(false)
  // Now it has them itself, and does not ask.
  rmSync(remote, { recursive: true })
  await run('evaluate')
  expect(workspace.said()).not.toMatch(/pulled|is not there/)
})

test('a plan says what is in the remote, also for what depends on it, and fetches nothing', async () => {
  const { artifact } = await run('train')
  const home = moveToAnotherMachine()
  const planned = await plan(workspace.request('train'), { askRemote: true })
  expect(planned.remote).toMatchObject({ from: { name: remote }, provenance: { key: artifact.key } })
  expect((await plan(workspace.request('evaluate'), { askRemote: true })).key.known).toBe(true)
  expect((await plan(workspace.request('train'))).key.known).toBe(false)
  expect(existsSync(join(home, 'artifacts'))).toBe(false)
})

test('data that were prepared for one experiment are fetched for another training of them, and on what is said', async () => {
  const { artifact } = await run('prepare-data')
  // The first machine has another processor.
  const record = join(remote, `trusted/records/${artifact.key}.json`)
  const { model } = processor()
  const text = readFileSync(record, 'utf8').replaceAll(JSON.stringify(model), '"Abacus 3"')
  rmSync(record)
  writeFileSync(record, text)
  moveToAnotherMachine()
  await run('train', 'model.start=1')
  const said = workspace.said()
  expect(said).toMatch(/pulled run \w+ \(plain-tiny:prepare-data\)/)
  expect(said).toMatch(/it was made on another kind of processor \(Abacus 3\)/)
})

test('a run whose remote is not there ends well, and a later command sends what it owes', async () => {
  rmSync(remote, { recursive: true })
  await run('train')
  expect(workspace.said().match(/is not there \(is it mounted\?\)/g)).toHaveLength(1)
  mkdirSync(remote)
  await run('prepare-data')
  moveToAnotherMachine()
  await run('train')
  expect(workspace.said().match(/pulled run/g)).toHaveLength(2)
})
