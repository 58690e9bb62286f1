import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'

const recipe = 'experiments/plain/tiny/recipe.py'

let area: string
let remote: string
let workspace: TinyWorkspace
beforeEach(() => {
  area = mkdtempSync(join(tmpdir(), 'blacksmith-checkpoints-'))
  remote = join(area, 'remote')
  mkdirSync(remote)
  workspace = new TinyWorkspace()
  // A parameter that is in no key has it wait in the middle until a test lets it go on.
  workspace.write(
    recipe,
    workspace.read(recipe).replace(
      '        time.sleep(settings.pause)\n',
      `        gate = ctx.work / "gate"
        if settings.pause and step >= 6:
            gate.touch()
        while gate.exists():
            time.sleep(0.01)
`,
    ),
  )
  Object.assign(process.env, {
    BLACKSMITH_REMOTE: remote,
    BLACKSMITH_REMOTE_CHECKPOINTS: '1',
    BLACKSMITH_CHECKPOINT_SECONDS: '0',
  })
})
afterEach(() => {
  workspace.dispose()
  rmSync(area, { recursive: true, force: true })
})

const stopping = 'training.pause=1'
const records = () => join(remote, 'trusted/checkpoints/records')
/** Those that are being written have names of another kind. */
const left = () =>
  existsSync(records()) ? readdirSync(records()).filter((name) => /^\w{64}\.json$/.test(name)) : []
const manifest = () => readFileSync(workspace.dist('train', 'manifest.json'), 'utf8')

const train = (signal = new AbortController().signal, ...set: string[]) =>
  execute(workspace.request('train', ...set), workspace.session({ signal }))

/** From here on the workspace is on another machine: nothing is in its dist/, and it has a store of its own. */
function moveToAnotherMachine(name: string): void {
  const home = join(area, name)
  mkdirSync(home)
  const known = process.env.KNOWN_TO_TESTS ?? ''
  for (const each of readdirSync(known)) symlinkSync(join(known, each), join(home, each))
  rmSync(workspace.path('dist'), { recursive: true, force: true })
  process.env.BLACKSMITH_HOME = home
  workspace.said()
}

let inOnePiece: string | undefined

/** The bytes of a run in one piece, of a machine that shares nothing. */
async function unbroken(): Promise<string> {
  if (inOnePiece !== undefined) return inOnePiece
  process.env.BLACKSMITH_REMOTE = 'off'
  await train()
  inOnePiece = manifest()
  process.env.BLACKSMITH_REMOTE = remote
  moveToAnotherMachine('first')
  return inOnePiece
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (const end = Date.now() + 100_000; Date.now() < end; await pause(20)) {
    const found = look()
    if (found !== undefined) return found
  }
  throw new Error('what was waited for did not come')
}

/** Waits until the training holds in its middle; what is given back lets it go on. */
function atGate(): Promise<() => void> {
  const work = join(process.env.BLACKSMITH_HOME ?? '', 'work')
  return until(() => {
    const runs = existsSync(work) ? readdirSync(work) : []
    const gate = runs.map((name) => join(work, name, 'gate')).find((path) => existsSync(path))
    return gate === undefined ? undefined : () => rmSync(gate)
  })
}

const sentSteps = () =>
  left().flatMap((name) => {
    const { checkpoints } = JSON.parse(readFileSync(join(records(), name), 'utf8')) as {
      checkpoints: { step: number }[]
    }
    return checkpoints.map(({ step }) => step)
  })

test('a training whose machine is lost goes on elsewhere, with the bytes of an unbroken run', async () => {
  const expected = await unbroken()
  const stop = new AbortController()
  const lost = train(stop.signal, stopping).catch(() => undefined)
  const open = await atGate()
  await until(() => sentSteps()[0])
  // What others see from the moment at which the machine is gone.
  const seen = join(area, 'seen')
  cpSync(remote, seen, { recursive: true })
  stop.abort()
  open()
  await lost
  remote = seen
  process.env.BLACKSMITH_REMOTE = remote
  moveToAnotherMachine('second')
  await train()
  const said = workspace.said()
  expect(said).toMatch(new RegExp(`pulled the checkpoint of step [1-5] from ${remote}`))
  expect(said).toMatch(/continuing at step [1-5]/)
  expect(manifest()).toBe(expected)
  expect(left()).toEqual([])
})

test('of a training that was stopped the last checkpoint is sent, however young the one before it is', async () => {
  const expected = await unbroken()
  const stop = new AbortController()
  const stopped = train(stop.signal, stopping).catch((error: Error) => error.message)
  const open = await atGate()
  stop.abort()
  open()
  expect(await stopped).toMatch(/stopped/)
  expect(sentSteps()[0]).toBe(6)
  moveToAnotherMachine('second')
  await train()
  expect(workspace.said()).toMatch(/continuing at step 6/)
  expect(manifest()).toBe(expected)
})

test('a training of what is trusted does not go on from what came from a pull request', async () => {
  const expected = await unbroken()
  process.env.BLACKSMITH_REMOTE_SCOPE = 'pr-7'
  const halt = async () => {
    const stop = new AbortController()
    const stopped = train(stop.signal, stopping).catch(() => undefined)
    const open = await atGate()
    stop.abort()
    open()
    await stopped
  }
  await halt()
  moveToAnotherMachine('second')
  await halt()
  expect(workspace.said()).toMatch(/pulled the checkpoint of step 6 from .*pr-7/)
  process.env.BLACKSMITH_REMOTE_SCOPE = 'trusted'
  await train()
  expect(workspace.said()).toMatch(/checkpoints that came from pr-7 do not count for what is trusted/)
  expect(workspace.said()).not.toMatch(/continuing at step/)
  expect(manifest()).toBe(expected)
})

test('checkpoints stay at home where they are not asked for, and where the remote is not there nothing fails', async () => {
  process.env.BLACKSMITH_REMOTE_CHECKPOINTS = '0'
  const stop = new AbortController()
  const stopped = train(stop.signal, stopping).catch(() => undefined)
  const open = await atGate()
  stop.abort()
  open()
  await stopped
  expect(existsSync(join(remote, 'trusted/checkpoints'))).toBe(false)
  process.env.BLACKSMITH_REMOTE_CHECKPOINTS = '1'
  rmSync(remote, { recursive: true })
  workspace.said()
  await train()
  expect(workspace.said().match(/is not there/g)).toHaveLength(1)
})
