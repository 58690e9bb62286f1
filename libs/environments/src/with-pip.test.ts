import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { addFiles, makeTree, removeTrees } from '../../config/src/testing/tree'
import { MakingProgress } from './making-progress'
import { linesOf, type Pins } from './pins'
import { type StandIn, startBroken, startIndex, startSilent } from './testing/package-index'
import { makeWheels, realPython, withVariables } from './testing/workshop'
import { installWithPip } from './with-pip'

// One virtual environment serves all of these; each installs packages of its own into it.
const root = makeTree()
const python = join(root, 'env/bin/python')
beforeAll(() => {
  execFileSync(realPython, ['-m', 'venv', join(root, 'env')])
})

const open: StandIn[] = []
const opened = async (index: Promise<StandIn>) => {
  open.push(await index)
  return index
}
afterEach(() => {
  for (const index of open.splice(0)) index.close()
})
afterAll(removeTrees)

/** Installs with nothing of this machine's own settings, and with as many attempts as pip makes of itself. */
async function install(packages: string, variables: NodeJS.ProcessEnv, sources: Pins['sources'] = []) {
  const lines: string[] = []
  const temporary = makeTree()
  const progress = new MakingProgress({
    folder: join(root, 'env'),
    packages: 1,
    print: (line) => lines.push(line.trim()),
  })
  const bare = { PIP_FIND_LINKS: undefined, PIP_EXTRA_INDEX_URL: undefined, PIP_NO_INDEX: undefined }
  const settings = {
    PIP_CONFIG_FILE: '/dev/null',
    PIP_CONSTRAINT: undefined,
    PIP_RETRIES: undefined,
    no_proxy: '',
  }
  const pins = { packages: linesOf(packages), constraints: [], sources, options: [] }
  try {
    const ended = await withVariables({ ...bare, ...settings, ...variables }, () =>
      installWithPip({ python, pins, temporary, progress, options: {} }),
    )
    return { ...ended, said: lines }
  } finally {
    progress.end()
  }
}

/** A folder as an index has it. */
function indexOf(wheels: string): string {
  const index = makeTree()
  for (const file of readdirSync(wheels)) {
    const folder = join(index, file.split('-')[0] ?? '')
    mkdirSync(folder)
    copyFileSync(join(wheels, file), join(folder, file))
    addFiles(folder, { 'index.html': `<a href="${file}">${file}</a>` })
  }
  return index
}

test('where the disk has all packages no index is asked, whether it answers or not', async () => {
  const [broken, silent] = [await opened(startBroken()), await opened(startSilent())]
  const wheels = makeWheels({ name: 'one', version: '1.0' })
  const both = { PIP_INDEX_URL: broken.url, PIP_FIND_LINKS: wheels, PIP_EXTRA_INDEX_URL: silent.url }
  expect(await install('one==1.0', both)).toMatchObject({ ok: true })
  expect([broken.asked, silent.asked]).toEqual([[], []])
})

test('an index that lies on the disk is of the disk, beside a folder of wheels', async () => {
  const broken = await opened(startBroken())
  const index = indexOf(makeWheels({ name: 'two', version: '1.0' }))
  const ended = await install('two==1.0\nthree==1.0', {
    PIP_INDEX_URL: broken.url,
    PIP_EXTRA_INDEX_URL: `file://${index}`,
    PIP_FIND_LINKS: makeWheels({ name: 'three', version: '1.0' }),
  })
  expect(ended).toMatchObject({ ok: true })
  expect(broken.asked).toEqual([])
})

test('of two indexes the one that is down is asked once, named, and left out', async () => {
  const [up, down] = [
    await opened(startIndex(makeWheels({ name: 'four', version: '1.0' }))),
    await opened(startBroken()),
  ]
  const source = { option: '--extra-index-url' as const, value: down.url, folder: '/' }
  const ended = await install('four==1.0', { PIP_INDEX_URL: up.url }, [source])
  expect(ended).toMatchObject({ ok: true })
  expect(down.asked).toEqual(['/simple/four/'])
  expect(ended.said).toContain(`${down.url} breaks the connection: it is left out`)
})

test('what the disk lacks comes from the index, which is printed', async () => {
  const up = await opened(startIndex(makeWheels({ name: 'five', version: '1.0' })))
  const wheels = makeWheels({ name: 'six', version: '1.0' })
  const ended = await install('six==1.0\nfive==1.0', { PIP_INDEX_URL: up.url, PIP_FIND_LINKS: wheels })
  expect(ended).toMatchObject({ ok: true })
  expect(ended.said).toContain('five==1.0 does not lie on the disk: the package index is asked')
})

test('a proxy that refuses is asked once, and the error names the index', async () => {
  const proxy = await opened(startBroken())
  const variables = {
    PIP_INDEX_URL: 'https://me:secret@index.invalid/simple',
    https_proxy: proxy.url.replace('/simple', ''),
  }
  const ended = await install('seven==1.0', variables)
  expect(ended.ok).toBe(false)
  expect(proxy.asked).toEqual(['index.invalid:443'])
  expect(ended.lines.at(-1)).toBe(
    'ERROR: https://index.invalid/simple is behind a proxy that refuses or does not answer',
  )
})
