import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheHits } from './cache-hits'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { outputFolder, Workspace } from './workspace'

const dataset = 'libs/python/blacksmith/datasets/counts'
const yaml = 'experiments/plain/tiny/experiment.yaml'
const task = 'plain-tiny:prepare-data'
const stored = /nothing to do: the store has run [0-9a-f]{10} \(plain-tiny:prepare-data\)/

/** What shapes a result and lies where Nx does not look must not be answered from its cache. */
describe('what lies outside the workspace', () => {
  const workspace = new Workspace()
  const outside = join(workspace.root, '..', 'outside')
  const own = join(outside, 'counts.txt')

  beforeAll(() => {
    addTinyExperiment(workspace)
    workspace.write(
      `${dataset}/schema.ts`,
      `import { role, z } from '@blacksmith/config'

export const counts = z.object({
  size: z.int().min(1).default(4),
  path: role('location', z.string()).optional(),
})
`,
    )
    workspace.write(
      `${dataset}/prepare.py`,
      `from pathlib import Path


def prepare(ctx):
    own = getattr(ctx.config.dataset, "path", None)
    text = Path(own).read_text() if own else " ".join(map(str, range(ctx.config.dataset.size)))
    (ctx.output / "counts.txt").write_text(text)
`,
    )
    mkdirSync(outside)
  })
  afterAll(() => workspace.dispose())

  const prepared = 'dist/plain-tiny/default/prepare-data'
  const counts = (place = prepared) => workspace.read(`${place}/counts.txt`)
  const prepare = (env: NodeJS.ProcessEnv, ...flags: string[]) => {
    const { status, output } = workspace.nx(['run', task, ...flags], env)
    expect(status === 0 ? 'ok' : output).toBe('ok')
    return output
  }
  /** Prepares, and returns whether Nx's cache had it. */
  const isHit = (env: NodeJS.ProcessEnv) => {
    prepare(env)
    return cacheHits(workspace).includes(task)
  }
  const prepareOwn = (env: NodeJS.ProcessEnv) => prepare(env, '--set', `dataset.path=${own}`)

  test('a changed byte of data of one’s own, named by a flag, is prepared again', () => {
    prepare(plainPython)
    writeFileSync(own, '1 2 3')
    const place = outputFolder(prepareOwn(plainPython))
    expect(counts(place)).toBe('1 2 3')
    expect(prepareOwn(plainPython)).toMatch(stored)
    writeFileSync(own, '1 2 4')
    expect(prepareOwn(plainPython)).not.toMatch(stored)
    expect(counts(place)).toBe('1 2 4')
    expect(counts()).toBe('0 1 2 3')
  })

  test('so is one that an experiment’s file names', () => {
    writeFileSync(own, '5 5')
    workspace.edit(yaml, 'size: 4', `path: ${own}`)
    prepare(plainPython)
    expect(counts()).toBe('5 5')
    writeFileSync(own, '5 6')
    prepare(plainPython)
    expect(counts()).toBe('5 6')
    expect(isHit(plainPython)).toBe(true)
    workspace.edit(yaml, `path: ${own}`, 'size: 4')
  })

  describe('behind BLACKSMITH_PYTHON', () => {
    const given = { BLACKSMITH_PYTHON: join(outside, 'given/bin/python') }
    let packages: string
    beforeAll(() => {
      execFileSync('python3', ['-m', 'venv', '--without-pip', join(outside, 'given')])
      const where = 'import sysconfig; print(sysconfig.get_path("purelib"))'
      packages = execFileSync(given.BLACKSMITH_PYTHON, ['-c', where], { encoding: 'utf8' }).trim()
    })
    test('a package that is installed makes another run; so does a line of a module, whose version stays', () => {
      writeFileSync(join(packages, 'newcomer.py'), 'count = 1\n')
      prepare(given)
      expect(isHit(given)).toBe(true)
      writeFileSync(join(packages, 'newcomer.py'), 'count = 2\n')
      expect(isHit(given)).toBe(false)
      mkdirSync(join(packages, 'newcomer-1.0.dist-info'))
      writeFileSync(join(packages, 'newcomer-1.0.dist-info/METADATA'), 'Name: newcomer\nVersion: 1.0\n')
      expect(isHit(given)).toBe(false)
      expect(workspace.read(`${prepared}/provenance.json`)).toContain('"newcomer"')
    })
  })

  describe('behind Nx’s daemon', () => {
    const daemon = { ...plainPython, NX_DAEMON: 'true' }
    beforeAll(() => {
      writeFileSync(own, '7 7')
      workspace.edit(yaml, 'size: 4', `path: ${own}`)
    })
    afterAll(() => workspace.nx(['daemon', '--stop'], daemon))

    test('a changed byte of data of one’s own is prepared again, and the graph is made once', () => {
      prepare(daemon)
      expect(isHit(daemon)).toBe(true)
      writeFileSync(own, '7 8')
      expect(isHit(daemon)).toBe(false)
      expect(counts()).toBe('7 8')
      // With flags the store answers; nothing of them stays in the daemon.
      const place = outputFolder(prepare(daemon, '--set', 'dataset.size=2'))
      expect(place).not.toBe(prepared)
      expect(isHit(daemon)).toBe(true)

      const { NX_WORKSPACE_DATA_DIRECTORY: data = '' } = workspace.environment()
      const log = readFileSync(join(data, 'd', 'daemon.log'), 'utf8')
      expect(log).toContain('preTasksExecution')
      expect(log).not.toContain('Graph recompute necessary')
    })
  })
})
