import { execFileSync } from 'node:child_process'
import { readdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeTree, removeTrees } from '../../config/src/testing/tree'
import { ensureEnvironment, inspectEnvironment } from './ensure-environment'
import { addRealPython, makeWheels, makeWorkshop, withVariables } from './testing/workshop'

// Each of these makes a real virtual environment with pip in it, which takes some seconds.
afterAll(removeTrees)

const unreachable = {
  PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
  PIP_EXTRA_INDEX_URL: undefined,
  PIP_NO_INDEX: undefined,
}

/** Nothing of this box's own settings, so that nothing but the test's wheels is found. */
const bare = {
  PIP_CONFIG_FILE: '/dev/null',
  PIP_FIND_LINKS: undefined,
  PIP_CONSTRAINT: undefined,
  PIP_RETRIES: '0',
}

test('pins are installed by pip from wheels, whole, and whatever the person’s own Python settings are', async () => {
  const wheels = makeWheels({ name: 'tiny', version: '1.0+cpu' }, { name: 'other', version: '2.1' })
  const shop = makeWorkshop({ tiny: `--no-index\n--find-links ${wheels}\ntiny==1.0+cpu\nother==2.1\n` })
  addRealPython(shop)
  const stray = makeTree({ 'tiny.py': 'version = "stray"\n', 'pip.py': 'raise SystemExit("not this one")\n' })
  const environment = await withVariables(
    {
      ...bare,
      PATH: shop.bin,
      PYTHONPATH: stray,
      PYTHONHOME: stray,
      VIRTUAL_ENV: stray,
      PIP_TARGET: stray,
      PIP_USER: '1',
      PIP_NO_COMPILE: '1',
      PYTHONPYCACHEPREFIX: stray,
      BLACKSMITH_PYTHON: undefined,
    },
    () => ensureEnvironment('tiny', shop),
  )
  expect(environment.packages).toEqual({ other: '2.1', tiny: '1.0+cpu' })
  const version = execFileSync(environment.python, ['-c', 'import tiny; print(tiny.version)'])
  expect(version.toString()).toBe('1.0+cpu\n')
  const lib = join(dirname(environment.python), '../lib')
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  expect(files).toContainEqual(expect.stringMatching(/site-packages\/__pycache__\/tiny\.cpython-\d+\.pyc$/))
  // Nx prints these lines again when it finds the target in its cache: none of them may be untrue then.
  expect(shop.lines.filter((line) => !line.endsWith(' so far'))).toEqual([
    expect.stringMatching(
      /^first use of the Python environment tiny: it is made with Python 3\.\S+, once for all runs$/,
    ),
    expect.stringMatching(/^ {2}Installing collected packages: tiny, other/),
    expect.stringMatching(/^ {2}Successfully installed other-2.1 tiny-1.0\+cpu/),
    'first use of the Python environment tiny: 2 packages were installed',
  ])

  // A home that was moved, to another disk say, goes on working.
  const moved = `${shop.home}-moved`
  renameSync(shop.home, moved)
  const found = await inspectEnvironment('tiny', { ...shop, home: moved })
  expect(found).toEqual({ ...environment, python: environment.python.replace(shop.home, moved) })
  execFileSync(found?.python ?? '', ['-c', 'import tiny'])
})

test('without an index to reach and with an empty cache there is one clear error, and nothing is kept', async () => {
  const shop = makeWorkshop()
  addRealPython(shop)
  const making = withVariables({ ...bare, ...unreachable, PATH: shop.bin }, () =>
    ensureEnvironment('tiny', shop),
  )
  await expect(making).rejects.toMatchObject({
    problems: [
      {
        file: 'libs/python/requirements/tiny.txt',
        message: expect.stringMatching(
          /^its packages cannot be had; nothing is kept:\n[\s\S]*tiny==1\.0\+cpu/,
        ),
        remedy: expect.stringContaining('PIP_FIND_LINKS'),
      },
    ],
  })
  expect(shop.made()).toEqual([])
})
