import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { Workspace } from './workspace'

const dataset = 'libs/python/blacksmith/datasets/counts'
const hit = 'Nx read the output from the cache'

/** What shapes a result and lies where Nx does not look must not be answered from its cache. */
describe('what lies outside the workspace', () => {
  const workspace = new Workspace()
  const outside = join(workspace.root, '..', 'outside')

  beforeAll(() => {
    addTinyExperiment(workspace)
    workspace.write(
      `${dataset}/schema.ts`,
      `import { z } from '@blacksmith/config'

export const counts = z.object({ size: z.int().min(1).default(4), path: z.string().optional() })
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
  const prepare = (env: NodeJS.ProcessEnv, ...flags: string[]) => {
    const { status, output } = workspace.nx(['run', 'plain-tiny:prepare-data', ...flags], env)
    expect(status === 0 ? 'ok' : output).toBe('ok')
    return output
  }

  test('a changed byte of data of one’s own, named by a flag, is prepared again', () => {
    const own = join(outside, 'counts.txt')
    const run = () => prepare(plainPython, '--set', `dataset.path=${own}`)
    writeFileSync(own, '1 2 3')
    run()
    expect(workspace.read(`${prepared}/counts.txt`)).toBe('1 2 3')
    expect(run()).toContain(hit)
    writeFileSync(own, '1 2 4')
    expect(run()).not.toContain(hit)
    expect(workspace.read(`${prepared}/counts.txt`)).toBe('1 2 4')
  })

  test('so is one that an experiment’s file names', () => {
    const own = join(outside, 'counts.txt')
    writeFileSync(own, '5 5')
    workspace.edit('experiments/plain/tiny/experiment.yaml', 'size: 4', `path: ${own}`)
    prepare(plainPython)
    expect(workspace.read(`${prepared}/counts.txt`)).toBe('5 5')
    writeFileSync(own, '5 6')
    prepare(plainPython)
    expect(workspace.read(`${prepared}/counts.txt`)).toBe('5 6')
    expect(prepare(plainPython)).toContain(hit)
    workspace.edit('experiments/plain/tiny/experiment.yaml', `path: ${own}`, 'size: 4')
  })

  test('a package installed behind BLACKSMITH_PYTHON makes another run', () => {
    execFileSync('python3', ['-m', 'venv', '--without-pip', join(outside, 'given')])
    const given = { BLACKSMITH_PYTHON: join(outside, 'given/bin/python') }
    prepare(given)
    expect(prepare(given)).toContain(hit)
    const [packages = ''] = execFileSync(given.BLACKSMITH_PYTHON, [
      '-c',
      'import sysconfig; print(sysconfig.get_path("purelib"))',
    ])
      .toString()
      .split('\n')
    mkdirSync(join(packages, 'newcomer-1.0.dist-info'))
    writeFileSync(join(packages, 'newcomer-1.0.dist-info/METADATA'), 'Name: newcomer\nVersion: 1.0\n')
    expect(prepare(given)).not.toContain(hit)
    expect(workspace.read(`${prepared}/provenance.json`)).toContain('"newcomer"')
  })

  describe('behind Nx’s daemon', () => {
    const daemon = { ...plainPython, NX_DAEMON: 'true' }
    afterAll(() => workspace.nx(['daemon', '--stop'], daemon))

    test('a changed byte of data of one’s own is prepared again, and the graph is made once', () => {
      const own = join(outside, 'counts.txt')
      const run = () => prepare(daemon, '--set', `dataset.path=${own}`)
      writeFileSync(own, '7 7')
      run()
      expect(run()).toContain(hit)
      writeFileSync(own, '7 8')
      expect(run()).not.toContain(hit)
      expect(workspace.read(`${prepared}/counts.txt`)).toBe('7 8')
      expect(prepare(daemon)).not.toContain(hit)

      const { NX_WORKSPACE_DATA_DIRECTORY: data = '' } = workspace.environment()
      const log = readFileSync(join(data, 'd', 'daemon.log'), 'utf8')
      expect(log).toContain('preTasksExecution')
      expect(log).not.toContain('Graph recompute necessary')
    })
  })
})
