import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { currentDraftDigest, givenDigest } from './draft-digest'
import { ImportReader } from './imports/import-reader'
import { readMaterial } from './material'
import { parsedSources } from './parsed-sources'
import { headerWith, makeWorkspace, removeWorkspaces } from './testing/workspace'

const before = { ...process.env }
afterAll(() => {
  process.env = before
  removeWorkspaces()
})

const directory = 'experiments/plain/tiny'
const python = 'libs/python/blacksmith'

test('another version of Python is another draft, of what is prepared and of all that follows', async () => {
  const { root, area, layout, write } = makeWorkspace({
    [`${directory}/experiment.yaml`]:
      'description: Tiny\ndataset: { name: counts }\nmodel: { name: sum }\ndevices: [cpu]\n',
    [`${directory}/recipe.py`]: '',
    [`${python}/__init__.py`]: '',
    [`${python}/training/__init__.py`]: '',
    [`${python}/training/__main__.py`]: '',
    [`${python}/training/seeding.py`]: '',
    [`${python}/datasets/__init__.py`]: '',
    [`${python}/datasets/counts/__init__.py`]: '',
    [`${python}/datasets/counts/prepare.py`]: '',
    'libs/python/requirements/data.txt': '',
    'libs/python/requirements/plain.txt': '',
  })
  Object.assign(process.env, { PATH: `${root}/bin:${process.env.PATH}`, BLACKSMITH_HOME: join(area, 'home') })
  delete process.env.BLACKSMITH_PYTHON
  const draftsWith = async (version: string) => {
    write('bin/python3.11', `#!/bin/sh\necho ${version}\necho "$0"\n`)
    chmodSync(join(root, 'bin/python3.11'), 0o755)
    const reading = {
      layout,
      reader: new ImportReader(parsedSources()),
      given: await givenDigest(layout, { anew: false }),
      known: new Map(),
      environments: { present: new Set(['cpu'] as const), known: new Map() },
    }
    const targets = ['prepare-data', 'train', 'evaluate'] as const
    return Promise.all(targets.map((target) => currentDraftDigest(root, directory, target, reading)))
  }
  for (const target of ['prepare-data', 'train'] as const)
    await readMaterial(root, target, headerWith(), layout, { keep: false })
  const [first, second, again] = [
    await draftsWith('3.11.7'),
    await draftsWith('3.11.9'),
    await draftsWith('3.11.7'),
  ]
  expect(again).toEqual(first)
  expect(new Set([...first, ...second]).size).toBe(6)
})
