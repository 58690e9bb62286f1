import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Store, storeHome } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { execute } from '../execute'
import type { Outcome } from '../place'
import { plan } from '../plan'
import { TinyWorkspace } from '../testing/tiny-workspace'
import { Slot } from './slot'

let workspace: TinyWorkspace
let slot: Slot
beforeEach(() => {
  workspace = new TinyWorkspace()
  slot = new Slot()
})
afterEach(async () => {
  await slot.close()
  workspace.dispose()
})

/** What the first training imports, and reports of its process. */
const recipe = 'experiments/plain/tiny/recipe.py'

async function train(o: { slot?: Slot; session?: Partial<Session>; fresh?: boolean }, ...set: string[]) {
  const store = new Store(storeHome())
  const planned = await plan(workspace.request('train', ...set), { store, keep: true })
  const session = workspace.session({ fresh: o.fresh ?? false, ...o.session })
  return execute(planned, session, o.slot ? { slot: o.slot } : {})
}

const model = ({ directory }: Outcome) => readFileSync(`${directory}/model.safetensors`, 'hex')
const logOf = ({ directory }: Outcome) => readFileSync(`${directory}/log.txt`, 'utf8').split('\n')

/** Has the recipe print whether its imports were there before it asked for them. */
function reportImports(): void {
  const text = workspace.read(recipe)
  workspace.write(
    recipe,
    `import sys\nforked = "decimal" in sys.modules\nimport decimal\n${text}`.replace(
      'def train(ctx):',
      'def train(ctx):\n    print("forked" if forked else "started anew", flush=True)',
    ),
  )
}

test('a training is forked from a process that has imported what the one before did, and has the same bytes', async () => {
  reportImports()
  const first = await train({ slot }, 'training.seed=1')
  const second = await train({ slot }, 'training.seed=2')
  expect([logOf(first)[0], logOf(second)[0]]).toEqual(['started anew', 'forked'])
  workspace.said()
  const alone = await train({ fresh: true }, 'training.seed=2')
  expect(workspace.said()).toContain('started anew')
  expect(model(alone)).toBe(model(second))
  expect(model(first)).not.toBe(model(second))
})

test('what a recipe sets before it imports is read by that each time', async () => {
  workspace.write(
    recipe,
    `import os\nos.environ["PYTHONTZPATH"] = "/zones"\nimport zoneinfo\n${workspace.read(recipe)}`.replace(
      'def train(ctx):',
      'def train(ctx):\n    print(zoneinfo.TZPATH, flush=True)',
    ),
  )
  for (const seed of [1, 2, 3])
    expect(logOf(await train({ slot }, `training.seed=${seed}`))[0]).toBe("('/zones',)")
})

test('it is enclosed as any other, and finds nothing of the one before it', async () => {
  workspace.write(
    recipe,
    workspace.read(recipe).replace(
      'def train(ctx):',
      `def train(ctx):
    import os, pathlib, tempfile
    home = pathlib.Path(os.environ["HOME"])
    print(sorted(os.listdir(home)), sorted(os.listdir(tempfile.gettempdir())))
    (home / "left").write_text("x")
    (pathlib.Path(tempfile.gettempdir()) / "left").write_text("x")
    if ctx.config.training.seed == 3:
        os.system("cat ${workspace.path('secret.txt')}")
        open("${workspace.path('secret.txt')}")`,
    ),
  )
  workspace.write('secret.txt', 'not declared')
  await train({ slot }, 'training.seed=1')
  expect(logOf(await train({ slot }, 'training.seed=2'))[0]).toBe('[] []')
  await expect(train({ slot }, 'training.seed=3')).rejects.toThrow(/secret.txt.*inputs:/s)
  expect(workspace.said()).not.toContain('not declared')
})

test('one that fails or is killed fails alone: the next one is right', async () => {
  await train({ slot }, 'training.seed=1')
  await expect(train({ slot }, 'training.seed=2', 'training.break_at=2')).rejects.toThrow(/nan/)
  workspace.write(
    recipe,
    workspace
      .read(recipe)
      .replace(
        'def train(ctx):',
        'def train(ctx):\n    import os\n    ctx.config.training.seed == 4 and os.kill(os.getpid(), 9)',
      ),
  )
  await expect(train({ slot }, 'training.seed=4')).rejects.toThrow(/SIGKILL/)
  const after = await train({ slot }, 'training.seed=5')
  expect(model(after)).toBe(model(await train({ fresh: true }, 'training.seed=5')))
})

test('it stops with a checkpoint when it is asked to, and goes on from that', async () => {
  workspace.write(
    recipe,
    workspace.read(recipe).replace(
      '        if step == settings.break_at:',
      `        while step == 3 and settings.pause and not ctx.should_stop:
            print("held", flush=True)
            time.sleep(0.05)
        if step == settings.break_at:`,
    ),
  )
  const held = () => {
    const stop = new AbortController()
    const { display } = workspace.session()
    return {
      signal: stop.signal,
      display: { ...display, note: (line: string) => line.includes('held') && stop.abort() },
    }
  }
  const set = ['training.seed=1', 'training.pause=0.01']
  await expect(train({ slot, session: held() }, ...set)).rejects.toThrow(/stopped/)
  workspace.said()
  const resumed = await train({ slot }, 'training.seed=1')
  expect(workspace.said()).toContain('continuing at step 3')
  expect(model(resumed)).toBe(model(await train({ fresh: true }, 'training.seed=1')))
})

test('a slot that is closed leaves no process and gives its cores back', async () => {
  await train({ slot }, 'training.seed=1')
  await slot.close()
  expect(processesOf(workspace.root)).toEqual([])
  await train({}, 'training.seed=2')
})

test('a training that begins while its slot still gives way keeps its folder, whose name nobody else can take', async () => {
  slot.temporaryFolder()
  const given = slot.close()
  const folder = slot.temporaryFolder()
  await given
  expect(readdirSync(folder)).toEqual([])
  expect(statSync(dirname(folder)).mode & 0o777).toBe(0o700)
})

test('where another run is waited for, a slot holds no device meanwhile', async () => {
  const other = new Slot()
  try {
    await train({ slot }, 'training.seed=1')
    const set = ['training.seed=2', 'training.pause=0.02', 'training.epochs=20']
    // Both need the only core that may be used: one holds it, the other the key that both want.
    process.env.BLACKSMITH_DEVICE = 'cpu0'
    const [one, two] = await Promise.all([train({ slot: other }, ...set), train({ slot }, ...set)])
    expect(model(one)).toBe(model(two))
  } finally {
    await other.close()
  }
})

function processesOf(root: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(root)
    } catch {
      return false
    }
  })
}
