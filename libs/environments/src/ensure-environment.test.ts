import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { tryLock } from '@blacksmith/native'
import { addFiles, removeTrees, workspaceRoot } from '../../config/src/testing/tree'
import { ensureEnvironment, inspectEnvironment } from './ensure-environment'
import { interpreterNames } from './interpreter-names'
import { readRequirements } from './requirements'
import {
  addCommand,
  addFakeUv,
  addRealPython,
  installTiny,
  makeWorkshop,
  realPython,
  type Workshop,
  withVariables,
} from './testing/workshop'

afterAll(removeTrees)

function ensure(shop: Workshop, o: { signal?: AbortSignal } = {}) {
  return withVariables({ PATH: shop.bin, BLACKSMITH_PYTHON: undefined }, () =>
    ensureEnvironment('tiny', { ...shop, ...o }),
  )
}

/** A workshop in which everything is there. */
function wellEquipped(install?: string): Workshop {
  const shop = makeWorkshop()
  addRealPython(shop)
  addFakeUv(shop, install)
  return shop
}

const installs = (shop: Workshop) => shop.uvCalls().filter((call) => call.startsWith('pip install')).length

test('uv is used where it is there, and an environment that stands costs no process', async () => {
  const shop = wellEquipped()
  const made = await ensure(shop)
  expect(made).toMatchObject({ name: 'tiny', packages: { 'tiny-package': '1.0+cpu' } })
  expect(made.pythonVersion).toMatch(/^3\.\d+\.\d+/)
  expect(installs(shop)).toBe(1)
  expect(shop.uvCalls().at(-1)).toMatch(/ --compile-bytecode --link-mode copy$/)
  rmSync(join(shop.bin, 'uv'))
  expect(await ensure(shop)).toEqual(made)
  expect(await withVariables({ PATH: '/nowhere' }, () => inspectEnvironment('tiny', shop))).toEqual(made)
})

test('to inspect makes nothing', async () => {
  const shop = wellEquipped()
  expect(await inspectEnvironment('tiny', shop)).toBeUndefined()
  expect(existsSync(shop.home)).toBe(false)
})

test.each([
  ['without its stamp', (folder: string) => rmSync(join(folder, 'environment.json'))],
  ['with half a stamp', (folder: string) => writeFileSync(join(folder, 'environment.json'), '{"pyth')],
  ['whose interpreter is gone', (folder: string) => rmSync(join(folder, 'bin/python'))],
  [
    'whose interpreter is of another version by now',
    (folder: string) => {
      rmSync(join(folder, 'bin/python'))
      const script = `#!/bin/sh\necho 3.99.0; echo /usr/bin/python3.99\n`
      writeFileSync(join(folder, 'bin/python'), script, { mode: 0o755 })
    },
  ],
])('an environment %s is made again', async (_, spoil) => {
  const shop = wellEquipped()
  const made = await ensure(shop)
  const folder = dirname(dirname(made.python))
  addFiles(folder, { leftover: '' })
  spoil(folder)
  expect(await inspectEnvironment('tiny', shop)).toBeUndefined()
  expect(await ensure(shop)).toEqual(made)
  expect(installs(shop)).toBe(2)
  expect(existsSync(join(folder, 'leftover'))).toBe(false)
})

test('an environment is made with the Python that its pins are for, not with the first on the PATH', async () => {
  const shop = makeWorkshop({ tiny: '# requires-python: ==3.99.*\ntiny==1.0+cpu\n' })
  addCommand(shop, 'python3', 'echo 3.11.2; echo /usr/bin/python3')
  addCommand(
    shop,
    'python3.99',
    `case "$*" in *platform*) echo 3.99.0; echo ${shop.bin}/python3.99 ;; *) exec ${realPython} "$@" ;; esac`,
  )
  addFakeUv(shop)
  await ensure(shop)
  expect(shop.uvCalls().find((call) => call.startsWith('venv'))).toContain(`${shop.bin}/python3.99`)
})

test('a rebuilt interpreter of the same version goes on serving', async () => {
  const shop = wellEquipped()
  const made = await ensure(shop)
  rmSync(made.python)
  const copy = join(shop.bin, 'rebuilt')
  writeFileSync(copy, `#!/bin/sh\nexec ${realPython} "$@"\n`, { mode: 0o755 })
  utimesSync(copy, 1, 1)
  symlinkSync(copy, made.python)
  expect(await inspectEnvironment('tiny', shop)).toEqual(made)
})

test('two that need it at once make it once', async () => {
  const shop = wellEquipped(`sleep 0.3; ${installTiny}`)
  const [one, two] = await Promise.all([ensure(shop), ensure(shop)])
  expect(one).toEqual(two)
  expect(installs(shop)).toBe(1)
  expect(shop.lines).toContain(
    'first use of the Python environment tiny: another run was making it; this one waited',
  )
})

test('equal pins are installed once, whatever their names', async () => {
  const shop = wellEquipped(`sleep 0.3; ${installTiny}`)
  addFiles(shop.workspaceRoot, { 'libs/python/requirements/mine.txt': '# mine\n-r tiny.txt\n' })
  const [tiny, other] = await withVariables({ PATH: shop.bin, BLACKSMITH_PYTHON: undefined }, () =>
    Promise.all(['tiny', 'mine'].map((name) => ensureEnvironment(name, shop))),
  )
  expect(other).toEqual({ ...tiny, name: 'mine' })
  expect(installs(shop)).toBe(1)
  expect(await inspectEnvironment('mine', shop)).toEqual(other)
})

test('what this process uses cannot be taken away, and its last use is noted', async () => {
  const shop = wellEquipped()
  const { python } = await ensure(shop)
  const folder = dirname(dirname(python))
  const [digest] = folder.match(/[0-9a-f]{16}$/) ?? []
  expect(tryLock(join(dirname(folder), `${digest}.use.lock`), 'exclusive')).toBeUndefined()
  utimesSync(join(folder, 'environment.json'), 1, 1)
  await ensure(shop)
  expect(statSync(join(folder, 'environment.json')).mtimeMs).toBeGreaterThan(1000)
})

test('a folder of wheels is asked before any index', async () => {
  const shop = wellEquipped(`grep -q -- --no-index "$8" && exit 1; ${installTiny}`)
  await withVariables({ UV_FIND_LINKS: '/wheels' }, () => ensure(shop))
  expect(installs(shop)).toBe(2)
  expect(shop.lines).toContain('  not all packages lie on the disk: the package index is asked')
})

test('a TMPDIR that is full or read-only does not matter: what is only needed meanwhile lies in the store', async () => {
  const shop = wellEquipped(`[ "\${4%/bin/python}.tmp" = "$TMPDIR" ] && touch "$TMPDIR/x" && ${installTiny}`)
  const made = await withVariables({ TMPDIR: '/proc' }, () => ensure(shop))
  expect(made.packages).toEqual({ 'tiny-package': '1.0+cpu' })
  expect(shop.made()).toHaveLength(1)
})

test('a full disk beside that of the store is named', async () => {
  const shop = wellEquipped(`echo "error: [Errno 28] No space left on device: '/cache/pip/http'" >&2; exit 2`)
  await expect(ensure(shop)).rejects.toMatchObject({
    problems: [{ file: '/cache/pip/http', remedy: expect.stringContaining('PIP_CACHE_DIR') }],
  })
})

test('after a kill -9 the installer that outlived it still holds the lock, and the half-made one is made again', async () => {
  const shop = wellEquipped(`touch ${'$site'}/busy; sleep 1.5; touch ${'$site'}/late; ${installTiny}`)
  const script = `require('jiti').createJiti(${JSON.stringify(__filename)})('./ensure-environment').ensureEnvironment('tiny', {
    ...${JSON.stringify({ workspaceRoot: shop.workspaceRoot, home: shop.home })}, onLine: () => {} })`
  const { PATH: _path, ...env } = process.env
  const child = spawn(process.execPath, ['-e', script], {
    cwd: workspaceRoot,
    env: { ...env, PATH: shop.bin },
  })
  while (installs(shop) === 0 && child.exitCode === null) await delay(20)
  child.kill('SIGKILL')
  await once(child, 'close')
  const made = await ensure(shop)
  expect(shop.lines[0]).toMatch(/another run was making it/)
  expect(installs(shop)).toBe(2)
  expect(await inspectEnvironment('tiny', shop)).toEqual(made)
})

test('a stop ends the installer at once, and nothing is kept', async () => {
  const shop = wellEquipped('exec sleep 600')
  const stop = new AbortController()
  const making = ensure(shop, { signal: stop.signal })
  while (installs(shop) === 0) await delay(20)
  stop.abort()
  await expect(making).rejects.toMatchObject({
    problems: [{ message: 'stopped while a Python environment was being made; nothing of it is kept' }],
  })
  expect(shop.made()).toEqual([])
})

test('a stop also ends the wait for one that is being taken away', async () => {
  const shop = wellEquipped()
  const { digest } = readRequirements(shop.workspaceRoot, 'tiny')
  mkdirSync(join(shop.home, 'envs'), { recursive: true })
  const taken = tryLock(join(shop.home, 'envs', `${digest.slice(0, 16)}.use.lock`), 'exclusive')
  const stop = new AbortController()
  const onLine = (line: string) => stop.abort(new Error(line))
  await expect(ensure({ ...shop, onLine }, { signal: stop.signal })).rejects.toThrow(
    'it was about to be taken away',
  )
  taken?.close()
  expect(await ensure(shop)).toMatchObject({ name: 'tiny' })
})

test('a full disk is reported as one, and nothing is kept', async () => {
  const shop = wellEquipped(
    'echo "error: failed to write: No space left on device (os error 28)" >&2; exit 2',
  )
  await expect(ensure(shop)).rejects.toMatchObject({
    problems: [{ message: expect.stringMatching(/^the disk is full/) }],
  })
  expect(shop.made()).toEqual([])
})

test('what else goes wrong is reported in the installer’s words', async () => {
  const shop = wellEquipped('echo "  noise"; echo "error: the wheel is broken" >&2; exit 1')
  await expect(ensure(shop)).rejects.toMatchObject({
    problems: [
      {
        file: 'libs/python/requirements/tiny.txt',
        message: 'the installation failed:\nerror: the wheel is broken',
        remedy: expect.stringMatching(/^nothing of it is kept/),
      },
    ],
  })
})

test('the password of an index is not shown', async () => {
  const shop = wellEquipped('echo "error: Failed to fetch: $UV_INDEX_URL/torch/" >&2; exit 1')
  const making = withVariables({ UV_INDEX_URL: 'https://me:open-sesame@index.example/simple' }, () =>
    ensure(shop),
  )
  await expect(making).rejects.toMatchObject({
    problems: [
      {
        message: expect.stringContaining('https://me:<UV_INDEX_URL>@index.example/simple/torch/'),
        remedy: expect.stringContaining('BLACKSMITH_PYTHON'),
      },
    ],
  })
})

test('a home that cannot be written is reported', async () => {
  const shop = wellEquipped()
  writeFileSync(shop.home, 'a file')
  await expect(ensure(shop)).rejects.toMatchObject({
    problems: [{ file: shop.home, remedy: 'set BLACKSMITH_HOME to a folder of your own' }],
  })
})

test('requirements that are not there are reported, with the nearest name', async () => {
  const shop = makeWorkshop({ lightning: '', jax: '' })
  await expect(inspectEnvironment('lightening', shop)).rejects.toMatchObject({
    problems: [{ remedy: expect.stringContaining('did you mean lightning?') }],
  })
})

describe('without a usable Python', () => {
  test('on the PATH, that is reported', async () => {
    await expect(ensure(makeWorkshop())).rejects.toMatchObject({
      problems: [{ message: 'there is no Python on the PATH; 3.11 or newer is needed' }],
    })
  })

  test('but with an old one, that is reported with its version', async () => {
    const shop = makeWorkshop()
    addCommand(shop, 'python3', 'echo 3.8.10; echo /usr/bin/python3')
    addCommand(shop, 'python', 'echo "this is no python"')
    await expect(ensure(shop)).rejects.toMatchObject({
      problems: [{ message: 'Python 3.11 or newer is needed; /usr/bin/python3 is 3.8.10' }],
    })
    expect(shop.made()).toEqual([])
  })

  test('but with others than the one that the pins are for, that is reported with their versions', async () => {
    const shop = makeWorkshop({ tiny: '# requires-python: ==3.99.*\ntiny==1.0+cpu\n' })
    addRealPython(shop)
    addCommand(shop, 'python3.11', 'echo 3.11.2; echo /usr/bin/python3.11')
    await expect(ensure(shop)).rejects.toMatchObject({
      problems: [
        {
          file: 'libs/python/requirements/tiny.txt',
          message: expect.stringMatching(/^Python 3\.99 is needed; \/usr\/bin\/python3\.11 is 3\.11\.2, /),
          remedy: expect.stringMatching(/python3\.99 is on the PATH.*BLACKSMITH_PYTHON/),
        },
      ],
    })
    expect(shop.made()).toEqual([])
  })

  test('one that lacks the venv module is reported with the package to install', async () => {
    const shop = makeWorkshop()
    const words = 'The virtual environment was not created successfully because ensurepip is not available.'
    addCommand(
      shop,
      'python3',
      `case "$*" in *platform*) echo 3.12.1; echo /usr/bin/python3 ;; *) echo "${words}"; exit 1 ;; esac`,
    )
    symlinkSync(join(shop.bin, 'python3'), join(shop.bin, 'python'))
    // The interpreter is started by the path that it gives of itself.
    addCommand(
      shop,
      'python3',
      `case "$*" in *platform*) echo 3.12.1; echo ${shop.bin}/python ;; *) echo "${words}"; exit 1 ;; esac`,
    )
    await expect(ensure(shop)).rejects.toMatchObject({
      problems: [
        {
          message: expect.stringMatching(/cannot make virtual environments: its venv module is missing$/),
          remedy: expect.stringContaining('apt install python3.12-venv'),
        },
      ],
    })
    expect(shop.made()).toEqual([])
  })
})

describe('BLACKSMITH_PYTHON', () => {
  const given = (shop: Workshop, python: string) =>
    withVariables({ BLACKSMITH_PYTHON: python }, () => inspectEnvironment('tiny', shop))

  test('names an interpreter that is used as it is, a script before it too', async () => {
    const shop = makeWorkshop()
    const site = join(shop.bin, 'site')
    mkdirSync(site)
    addFiles(site, {
      'Some_Thing-2.0+cu126.dist-info/METADATA':
        'Metadata-Version: 2.1\nName: Some_Thing\nVersion: 2.0+cu126\n',
    })
    addCommand(shop, 'module-python', `echo "a greeting"; export PYTHONPATH=${site}; exec ${realPython} "$@"`)
    const environment = await given(shop, join(shop.bin, 'module-python'))
    expect(environment?.python).toBe(join(shop.bin, 'module-python'))
    expect(environment?.packages).toMatchObject({ 'some-thing': '2.0+cu126' })
    expect(environment?.packages).not.toHaveProperty('pip')
    expect(existsSync(shop.home)).toBe(false)
  })

  test('counts from the workspace where it is relative, called from wherever', async () => {
    const shop = makeWorkshop()
    symlinkSync(realPython, join(shop.bin, 'python'))
    addFiles(shop.workspaceRoot, { 'nx.json': '{}' })
    const before = process.cwd()
    for (const folder of ['.', 'libs/python']) {
      process.chdir(join(shop.workspaceRoot, folder))
      try {
        const python = join(realpathSync(shop.bin), 'python')
        expect((await given(shop, '../bin/python'))?.python).toBe(python)
        await expect(given(shop, '../bin/gone')).rejects.toMatchObject({
          problems: [
            {
              message: expect.stringContaining(`=${join(dirname(python), 'gone')} does not run`),
            },
          ],
        })
        expect(interpreterNames({ BLACKSMITH_PYTHON: '../bin/python' })[0]).toBe(python)
      } finally {
        process.chdir(before)
      }
    }
  })

  test.each([
    ['that is not there', '/nowhere/python', /does not run: ENOENT$/],
    ['that is a folder', '/usr', /does not run: EACCES$/],
    ['that is no Python', '/bin/false', /does not run: /],
  ])('%s is refused', async (_, python, message) => {
    await expect(given(makeWorkshop(), python)).rejects.toMatchObject({
      problems: [{ message: expect.stringMatching(message) }],
    })
  })

  test('of an old version is refused', async () => {
    const shop = makeWorkshop()
    addCommand(shop, 'python3.8', `echo '{"version": "3.8.10", "packages": []}'`)
    await expect(given(shop, join(shop.bin, 'python3.8'))).rejects.toMatchObject({
      problems: [{ message: `BLACKSMITH_PYTHON=${shop.bin}/python3.8 is Python 3.8.10` }],
    })
  })
})
