import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkPythons } from './python'

test('a relative BLACKSMITH_PYTHON counts from the workspace', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'doctor-')))
  mkdirSync(join(root, 'below'))
  writeFileSync(join(root, 'nx.json'), '{}')
  writeFileSync(join(root, 'python'), '#!/bin/sh\necho 3.11.2; echo /usr/bin/python3\n', { mode: 0o755 })
  const before = process.cwd()
  process.chdir(join(root, 'below'))
  try {
    expect(await checkPythons({ BLACKSMITH_PYTHON: './python' })).toMatchObject([
      { state: 'ok', detail: `${root}/python is 3.11.2` },
    ])
  } finally {
    process.chdir(before)
    rmSync(root, { recursive: true })
  }
})

describe('where environments are made', () => {
  const before = { ...process.env }
  let root: string
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'doctor-')))
    // Nothing else is on the PATH, and no device but the cores is there.
    Object.assign(process.env, { PATH: join(root, 'bin'), BLACKSMITH_DEVICE_ROOT: join(root, 'box') })
    write('nx.json', '{}')
  })
  afterEach(() => {
    process.env = { ...before }
    rmSync(root, { recursive: true })
  })

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }

  function addPython(name: string, version: string): void {
    write(`bin/${name}`, `#!/bin/sh\necho ${version}; echo ${root}/bin/${name}\n`)
    chmodSync(join(root, 'bin', name), 0o755)
  }

  function addExperiment(devices: string): void {
    write(
      'experiments/plain/mine/experiment.yaml',
      `description: Mine\ndataset: { name: counts }\nmodel: { name: sum }\ndevices: [${devices}]\n`,
    )
    write('libs/python/requirements/plain.txt', '')
    write('libs/python/requirements/plain-tt.txt', '# requires-python: ==3.98.*\n')
    write('libs/python/requirements/data-counts.txt', '# requires-python: ==3.97.*\n')
  }

  test('the first Python that is new enough is found, as runs find it', async () => {
    addPython('python3', '3.9.2')
    addPython('python3.13', '3.13.1')
    expect(await checkPythons({}, root)).toEqual([
      { name: 'python', state: 'ok', detail: `${root}/bin/python3.13 is 3.13.1`, remedy: null },
    ])
  })

  test('it is a fault where none is, and what is there is named', async () => {
    addPython('python3', '3.9.2')
    expect(await checkPythons({}, root)).toMatchObject([
      { name: 'python', state: 'fault', detail: expect.stringContaining(`${root}/bin/python3 is 3.9.2`) },
    ])
  })

  test('a version that requirements ask for is looked for, and its lack is a warning that names them', async () => {
    addExperiment('tt, cpu')
    addPython('python3', '3.11.2')
    const lacking = {
      name: 'python 3.97',
      state: 'warning',
      detail: expect.stringMatching(/^libs\/python\/requirements\/data-counts\.txt: Python 3\.97 is needed/),
      remedy: expect.stringContaining('python3.97'),
    }
    expect(await checkPythons({}, root)).toMatchObject([{ name: 'python', state: 'ok' }, lacking])
    addPython('python3.97', '3.97.0')
    expect(await checkPythons({}, root)).toMatchObject([{}, { name: 'python 3.97', state: 'ok' }])
  })

  test('what only another kind of device needs is not asked for', async () => {
    addExperiment('tt, cpu')
    addPython('python3', '3.11.2')
    const names = async () => (await checkPythons({}, root)).map(({ name }) => name)
    expect(await names()).toEqual(['python', 'python 3.97'])
    write('box/dev/tenstorrent/0', '')
    expect(await names()).toEqual(['python', 'python 3.97', 'python 3.98'])
  })

  test('an experiment that cannot be read hides nothing', async () => {
    addExperiment('cpu')
    write('experiments/plain/broken/experiment.yaml', 'devices: [')
    addPython('python3', '3.11.2')
    expect(await checkPythons({}, root)).toHaveLength(2)
  })
})
