import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Layout } from '@blacksmith/store'
import { describeUnless, mountOverlay, unmount, whyNoOverlays } from '@blacksmith/store/testing'
import { collectGarbage } from '@blacksmith/store/upkeep'
import { provideCapsule } from './capsule'
import { capsuleFiles, readMaterial } from './material'
import { headerWith, makeWorkspace, removeWorkspaces } from './testing/workspace'

afterAll(removeWorkspaces)

const directory = 'experiments/plain/tiny'
const training = 'libs/python/blacksmith/training'
const files = {
  'libs/python/blacksmith/__init__.py': '',
  [`${training}/__init__.py`]: '',
  [`${training}/__main__.py`]: 'import blacksmith.training.runner\n',
  [`${training}/runner.py`]: '',
  'libs/python/sitecustomize.py': 'raise SystemExit',
  [`${directory}/recipe.py`]: 'import helper\n',
  [`${directory}/helper.py`]: 'X = 1\n',
  [`${directory}/unused.py`]: '',
  [`${directory}/curve.json`]: '[1]',
}

async function provide(workspace: ReturnType<typeof makeWorkspace>, inputs: string[] = []) {
  const header = headerWith({ inputs })
  const material = await readMaterial(workspace.root, 'train', header, workspace.layout, { keep: true })
  const capsule = await provideCapsule(workspace.layout, capsuleFiles(material), directory)
  capsule.release()
  return { ...capsule, material }
}

test('a capsule holds what is imported and declared, at its place, and nothing else', async () => {
  const workspace = makeWorkspace(files)
  const { tree } = await provide(workspace, ['curve.json'])
  const inside = (path: string) => statSync(join(tree, path), { throwIfNoEntry: false })?.isFile() ?? false
  expect(readFileSync(join(tree, directory, 'helper.py'), 'utf8')).toBe('X = 1\n')
  expect(Object.keys(files).filter(inside).sort()).toEqual(
    Object.keys(files)
      .filter((path) => !/unused|sitecustomize/.test(path))
      .sort(),
  )
})

test('what is edited afterwards does not reach it, and leads to another', async () => {
  const workspace = makeWorkspace(files)
  const first = await provide(workspace)
  workspace.write(`${directory}/helper.py`, 'X = 2\n')
  expect(readFileSync(join(first.tree, directory, 'helper.py'), 'utf8')).toBe('X = 1\n')
  const second = await provide(workspace)
  expect(second.digest).not.toBe(first.digest)
  workspace.write(`${directory}/helper.py`, 'X = 1\n')
  expect((await provide(workspace)).digest).toBe(first.digest)
})

test('of several who want the same one at once none takes it from under another', async () => {
  const workspace = makeWorkspace(files)
  const folders = await Promise.all(
    Array.from({ length: 8 }, async () => statSync((await provide(workspace)).tree).ino),
  )
  expect(new Set(folders).size).toBe(1)
})

test('one that was damaged is made again', async () => {
  const workspace = makeWorkspace(files)
  const { tree } = await provide(workspace)
  const helper = join(tree, directory, 'helper.py')
  chmodSync(helper, 0o644)
  writeFileSync(helper, 'X = 3\n')
  await provide(workspace)
  expect(readFileSync(helper, 'utf8')).toBe('X = 1\n')
})

describeUnless(whyNoOverlays(), 'a damaged capsule in a lower layer of an image', () => {
  test('is made again', async () => {
    const workspace = makeWorkspace(files)
    const { digest } = await provide(workspace)
    const merged = join(workspace.area, 'merged')
    for (const name of ['layers', 'merged']) mkdirSync(join(workspace.area, name))
    writeFileSync(join(workspace.layout.capsule(digest), 'stray.py'), '')
    mountOverlay(workspace.layout.home, join(workspace.area, 'layers'), merged)
    try {
      const { tree } = await provide({ ...workspace, layout: new Layout(merged) })
      expect(existsSync(join(tree, 'stray.py'))).toBe(false)
      expect(readFileSync(join(tree, directory, 'helper.py'), 'utf8')).toBe('X = 1\n')
    } finally {
      unmount(merged)
    }
  })
})

test('a large input is copied once, and a capsule of other code has it too', async () => {
  const workspace = makeWorkspace({ ...files, [`${directory}/big.bin`]: Buffer.alloc(5 << 20, 7) })
  const first = await provide(workspace, ['big.bin'])
  workspace.write(`${directory}/helper.py`, 'X = 2\n')
  const second = await provide(workspace, ['big.bin'])
  const [one, other] = [first, second].map(({ tree }) => statSync(join(tree, directory, 'big.bin')))
  expect(one?.ino).toBe(other?.ino)
  expect(one?.ino).not.toBe(statSync(join(workspace.root, directory, 'big.bin')).ino)
})

test('the copy of a large input is not collected while a run that has read it waits', async () => {
  const workspace = makeWorkspace({ ...files, [`${directory}/big.bin`]: Buffer.alloc(5 << 20, 7) })
  const { layout } = workspace
  const read = () =>
    readMaterial(workspace.root, 'train', headerWith({ inputs: ['big.bin'] }), layout, { keep: true })
  const [kept = ''] = (await read()).inputs.map(({ content }) => String(content))
  utimesSync(kept, 1, 1)
  await read()
  await collectGarbage(layout, {})
  expect(existsSync(kept)).toBe(true)
})

test('a preparation has what its data set declares in sources.yaml, and nothing of the experiment', async () => {
  const dataset = 'libs/python/blacksmith/datasets/counts'
  const workspace = makeWorkspace({
    ...files,
    [`${dataset}/prepare.py`]: '',
    [`${dataset}/vocabulary.txt`]: 'one two',
    [`${dataset}/sources.yaml`]: '- inputs: [vocabulary.txt]\n',
  })
  const header = headerWith({ inputs: ['curve.json'] })
  const { inputs } = await readMaterial(workspace.root, 'prepare-data', header, workspace.layout, {
    keep: true,
  })
  expect(inputs.map(({ name, path }) => [name, path])).toEqual([
    ['vocabulary.txt', `${dataset}/vocabulary.txt`],
  ])
})

test('the names in keys do not say where the experiment lies', async () => {
  const { material } = await provide(makeWorkspace(files))
  expect(Object.keys(material.code.digests).sort()).toEqual([
    'experiment/helper.py',
    'experiment/recipe.py',
    'python/blacksmith/__init__.py',
    'python/blacksmith/training/__init__.py',
    'python/blacksmith/training/__main__.py',
    'python/blacksmith/training/runner.py',
  ])
})
