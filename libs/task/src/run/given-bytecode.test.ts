import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'

const workspace = new TinyWorkspace()
const environment = mkdtempSync(join(tmpdir(), 'blacksmith-venv-'))
const python = join(environment, 'bin/python')
beforeAll(() => {
  execFileSync('python3', ['-m', 'venv', '--without-pip', environment])
  process.env.BLACKSMITH_PYTHON = python
})
afterAll(() => {
  workspace.dispose()
  rmSync(environment, { recursive: true })
})

/** Adds a module to the interpreter, with the bytecode of another source of its size and time. */
function addModule(name: string, mode: 'timestamp' | 'unchecked-hash'): void {
  const lib = join(environment, 'lib')
  const file = join(lib, readdirSync(lib)[0] ?? '', 'site-packages', `${name}.py`)
  writeFileSync(file, 'value = 1')
  execFileSync(python, ['-m', 'compileall', '-q', '--invalidation-mode', mode, file])
  const { atime, mtime } = statSync(file)
  writeFileSync(file, 'value = 2')
  utimesSync(file, atime, mtime)
}

test('a run is of the sources that a given interpreter imports, whatever bytecode lies beside them, in its workers too', async () => {
  addModule('timed', 'timestamp')
  addModule('unchecked', 'unchecked-hash')
  workspace.write(
    'experiments/plain/tiny/recipe.py',
    `import subprocess
import sys

from blacksmith.training.tensorfile import Raw, write_tensors


def train(ctx):
    import timed, unchecked

    values = [timed.value, unchecked.value]
    print_them = "import timed, unchecked; print(timed.value, unchecked.value)"
    values += subprocess.check_output([sys.executable, "-c", print_them], text=True).split()
    data = memoryview(bytes(map(int, values)))
    write_tensors(ctx.output / "model.safetensors", {"values": Raw("U8", (4,), data)})
`,
  )
  await execute(workspace.request('train'), workspace.session())
  expect([...readFileSync(workspace.dist('train', 'model.safetensors')).subarray(-4)]).toEqual([2, 2, 2, 2])
})
