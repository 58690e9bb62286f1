import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addNumberExperiment, number, train, trained, writeRecipe } from './number-experiment'
import { plainPython } from './tiny-experiment'
import { Workspace } from './workspace'

const folder = 'experiments/plain/tiny'
const hit = /read the output from the cache|Cache: +2\/2 hit/

/** Whatever Python can import: a change of it is never answered by the number from before. */
describe.each([
  ['without Nx’s daemon', 'false'],
  ['behind Nx’s daemon', 'true'],
])('a changed file that Nx does not look at by itself, %s', (_name, NX_DAEMON) => {
  const workspace = new Workspace()
  const env = { ...plainPython, NX_DAEMON }
  const outside = join(workspace.root, '..', 'outside')
  beforeAll(() => {
    addNumberExperiment(workspace, 'x = 0', 'threads: 1')
    mkdirSync(outside)
  })
  afterAll(() => {
    workspace.nx(['daemon', '--stop'], env)
    workspace.dispose()
  })

  test.each([
    ['a helper in a folder that git ignores', `${folder}/reports/h.py`, 'from reports.h import X'],
    ['a module beside the packages', 'libs/python/mylib.py', 'from mylib import X'],
    ['a package of nobody', 'libs/python/blacksmith/common/h.py', 'from blacksmith.common.h import X'],
  ])('%s', (_what, file, statement) => {
    writeRecipe(workspace, `${statement}\nx = X`)
    for (const value of [1, 2]) {
      workspace.write(file, `X = ${value}.0\n`)
      trained(workspace, [], env)
      expect(number(workspace)).toBe(value)
    }
    expect(trained(workspace, [], env).output).toMatch(hit)
  })

  test('a helper behind a link out of the workspace', () => {
    symlinkSync(join(outside, 'linked.py'), workspace.path(folder, 'linked.py'))
    writeRecipe(workspace, 'from linked import X\nx = X')
    for (const value of [3, 4]) {
      writeFileSync(join(outside, 'linked.py'), `X = ${value}.0\n`)
      trained(workspace, [], env)
      expect(number(workspace)).toBe(value)
    }
  })

  test('one of equal length, written in the same second and given the old time', () => {
    writeRecipe(workspace, 'from same import X\nx = X')
    const same = workspace.path(folder, 'same.py')
    workspace.write(`${folder}/same.py`, 'X = 5.0\n')
    execFileSync('touch', ['-d', '@1700000000', same])
    trained(workspace, [], { ...env, PYTHONDONTWRITEBYTECODE: '' })
    expect(number(workspace)).toBe(5)
    workspace.write(`${folder}/same.py`, 'X = 6.0\n')
    execFileSync('touch', ['-d', '@1700000000', same])
    trained(workspace, [], { ...env, PYTHONDONTWRITEBYTECODE: '' })
    expect(number(workspace)).toBe(6)
  })

  test('TypeScript that config.ts imports from elsewhere', () => {
    writeRecipe(workspace, 'x = float(ctx.config.model.start)')
    workspace.edit(
      `${folder}/config.ts`,
      "import { sum } from '../../../libs/python/blacksmith/models/plain/sum/schema'",
      "import { sum } from '../common'",
    )
    for (const value of [7, 8]) {
      workspace.write(
        'experiments/plain/common.ts',
        `import { z } from '@blacksmith/config'\n\nexport const sum = z.object({ start: z.number().default(${value}) })\n`,
      )
      trained(workspace, [], env)
      expect(number(workspace)).toBe(value)
    }
  })
})

describe('what no key names does not reach a training', () => {
  const workspace = new Workspace()
  beforeAll(() => addNumberExperiment(workspace, 'x = 0', 'threads: 1'))
  afterAll(() => workspace.dispose())

  const refused = (env: NodeJS.ProcessEnv = {}) => {
    const { status, output } = workspace.nx(train, { ...plainPython, ...env })
    expect(status).not.toBe(0)
    expect(output).not.toMatch(/^ +at .*:\d+:\d+/m)
    return output
  }

  test.each([
    ['open', 'import json\nx = json.load(open("curve.json"))[0]'],
    ['a path beside the recipe', 'x = float(Path(__file__).with_name("curve.json").read_text()[1:-1])'],
    ['exec', 'exec(open("curve.json").read().replace("[", "x = ").replace("]", ""))'],
    ['an absolute path', `x = float(Path("${workspace.path(folder, 'curve.json')}").read_text()[1:-1])`],
    [
      'a child process',
      'import subprocess\nx = float(subprocess.check_output(["cat", str(Path(__file__).with_name("curve.json"))])[1:-1])',
    ],
    [
      'a swallowed error',
      `try:\n    x = float(Path("${workspace.path(folder, 'curve.json')}").read_text()[1:-1])\nexcept OSError:\n    x = 0.0`,
    ],
  ])('a file read by %s is refused, with the line to add', (_how, body) => {
    workspace.write(`${folder}/curve.json`, '[3.5]')
    writeRecipe(workspace, body)
    const output = refused()
    expect(output).toContain(`${folder}/curve.json`)
    expect(output).toMatch(new RegExp(`add it to ${folder}/experiment.yaml: +inputs: \\[curve.json\\]`))
  })

  test('declared, it is read, and a change of it trains again', () => {
    writeRecipe(workspace, 'import json\nx = json.load(open("curve.json"))[0]')
    workspace.edit(`${folder}/experiment.yaml`, 'threads: 1\n', 'threads: 1\ninputs: [curve.json]\n')
    for (const value of [3.5, 4.5]) {
      workspace.write(`${folder}/curve.json`, `[${value}]`)
      trained(workspace)
      expect(number(workspace)).toBe(value)
    }
    expect(trained(workspace).output).toMatch(hit)
    expect(workspace.blacksmith(['explain', 'plain-tiny:train'], plainPython).output).toContain('curve.json')
  })

  test('modules of other folders, and what Python would load by itself, are not there', () => {
    workspace.write('elsewhere/far.py', 'X = 9.0\n')
    writeRecipe(
      workspace,
      `import sys\nsys.path.insert(0, "${workspace.path('elsewhere')}")\nimport importlib\nx = 1.0\ntry:\n    from far import X as x\nexcept ImportError:\n    pass`,
    )
    expect(refused()).toMatch(/elsewhere/)
    workspace.write('libs/python/sitecustomize.py', 'raise SystemExit("loaded")\n')
    workspace.write('libs/python/colorsys.py', 'raise SystemExit("loaded")\n')
    writeRecipe(workspace, 'x = 2.0')
    trained(workspace)
    expect(number(workspace)).toBe(2)
  })

  test('a variable is not passed, and said so where it could matter; declared, it is in the key', () => {
    writeRecipe(workspace, 'import os\nx = float(os.environ.get("X", os.environ.get("XLA_FLAGS", "1")))')
    expect(trained(workspace, [], { X: '5', XLA_FLAGS: '6' }).output).toMatch(
      /left out of the trainer's environment.*XLA_FLAGS/,
    )
    expect(number(workspace)).toBe(1)
    workspace.edit(`${folder}/experiment.yaml`, 'threads: 1\n', 'threads: 1\nvariables: [X]\n')
    for (const X of ['5', '7']) {
      trained(workspace, [], { X })
      expect(number(workspace)).toBe(Number(X))
    }
    trained(workspace, [], { X: '5' })
    expect(number(workspace)).toBe(5)
  })

  test('an evaluation reads the model, and nothing beside it', () => {
    writeRecipe(workspace, '(ctx.output / "beside.txt").write_text("1")\nx = 2.0')
    workspace.edit(
      `${folder}/recipe.py`,
      'return {"total"',
      '(ctx.model.parent / "beside.txt").read_text()\n    return {"total"',
    )
    const { status, output } = workspace.nx(['run', 'plain-tiny:evaluate'], { ...plainPython, X: '5' })
    expect(status).not.toBe(0)
    expect(output).toMatch(/beside\.txt.*no declared input/)
  })

  test('the network is closed, and opened by a word', () => {
    writeRecipe(workspace, 'import socket\nsocket.create_connection(("127.0.0.1", 9), timeout=1)\nx = 1.0')
    expect(refused({ X: '5' })).toMatch(/network.*\n.*network: true/)
  })

  test('provenance says what was enforced', () => {
    const { box } = JSON.parse(
      readFileSync(workspace.path('dist/plain-tiny/default/train/provenance.json'), 'utf8'),
    ) as { box: { enforced: string; network: string } }
    expect(box.enforced).toMatch(/^(landlock abi \d+|audit hook only: .+)/)
    expect(box.network).toBe('closed')
  })
})

describe('what stands in a place', () => {
  const workspace = new Workspace()
  beforeAll(() => addNumberExperiment(workspace, 'x = 1.0', 'threads: 1'))
  afterAll(() => workspace.dispose())

  /** What Nx's cache holds of the training's output under this name; the experiment that was moved has its own. */
  const cached = (name = '') => {
    const { NX_CACHE_DIRECTORY: cache = '' } = workspace.environment()
    const pattern = join('*/plain-tiny/default/train', name)
    const found = execFileSync('find', [cache, '-path', pattern]).toString().trimEnd().split('\n')
    expect(found).toEqual([expect.stringContaining(cache)])
    return found[0] as string
  }

  test('an experiment that is moved takes no step', () => {
    trained(workspace)
    workspace.git('mv', folder, 'experiments/plain/small')
    const { status, output } = workspace.nx(['run', 'plain-small:train'], plainPython)
    expect(status).toBe(0)
    expect(output).toMatch(/the store has run \w+ \(plain-tiny:train\)/)
    workspace.git('mv', 'experiments/plain/small', folder)
  })

  test.each(['model.safetensors', 'provenance.json', 'report.html', 'manifest.json'])(
    'a flipped byte of %s in an entry of Nx’s cache is found before the command says success',
    (file) => {
      trained(workspace)
      const entry = cached(file)
      const bytes = readFileSync(entry)
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 1, bytes.length - 2)
      writeFileSync(entry, bytes)
      workspace.remove('dist')
      const { status, output } = workspace.nx(train, plainPython)
      expect(status).not.toBe(0)
      expect(output).toMatch(/plain-tiny\/default\/train\/.*\s+run the same command again/)
      trained(workspace)
      expect(number(workspace)).toBe(1)
    },
  )

  test('an entry that has lost its files is no answer', () => {
    trained(workspace)
    rmSync(cached(), { recursive: true })
    workspace.remove('dist')
    expect(workspace.nx(train, plainPython).status).not.toBe(0)
    trained(workspace)
    expect(number(workspace)).toBe(1)
  })

  test('--skip-nx-cache=false is not taken for its opposite', () => {
    workspace.write(`${folder}/reports/h.py`, 'X = 1.0\n')
    writeRecipe(workspace, 'from reports.h import X\nx = X')
    trained(workspace)
    workspace.write(`${folder}/reports/h.py`, 'X = 2.0\n')
    trained(workspace, ['--skip-nx-cache=false'])
    expect(number(workspace)).toBe(2)
  })

  test('a target of somebody’s own that depends on a training gets it as it is now', () => {
    workspace.write(
      'experiments/jax/mnist/project.json',
      JSON.stringify({
        name: 'jax-mnist',
        targets: {
          all: { executor: 'nx:noop', dependsOn: [{ projects: ['plain-tiny'], target: 'train' }] },
        },
      }),
    )
    const all = () => workspace.nx(['run', 'jax-mnist:all'], plainPython)
    trained(workspace)
    workspace.write(`${folder}/reports/h.py`, 'X = 3.0\n')
    // What Nx had is taken away at the first try.
    if (all().status !== 0) {
      const { status, output } = all()
      expect(status === 0 ? 'ok' : output).toBe('ok')
    }
    expect(number(workspace)).toBe(3)
    workspace.remove('experiments/jax/mnist/project.json')
  })

  test('a run that is removed is made again', () => {
    trained(workspace)
    const { id } = workspace.json<{ id: string }>('dist/plain-tiny/default/train/provenance.json')
    expect(workspace.blacksmith(['runs', 'remove', id, '--yes']).status).toBe(0)
    expect(workspace.exists('dist/plain-tiny/default/train')).toBe(false)
    expect(trained(workspace, ['--skip-nx-cache'], { BLACKSMITH_FRESH: '' }).output).not.toMatch(
      /the store has run \w+ \(plain-tiny:train\)/,
    )
  })
})
