import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CreateDependenciesContext } from '@nx/devkit'
import { importDependencies } from './dependencies'

const root = mkdtempSync(join(tmpdir(), 'blacksmith-edges-'))
const before = process.env.BLACKSMITH_HOME
beforeAll(() => {
  process.env.BLACKSMITH_HOME = join(root, 'home')
})
afterAll(() => {
  if (before === undefined) delete process.env.BLACKSMITH_HOME
  else process.env.BLACKSMITH_HOME = before
  rmSync(root, { recursive: true })
})

const python = 'libs/python/blacksmith'
const projects = {
  'plain-tiny': { root: 'experiments/plain/tiny' },
  'dataset-counts': { root: `${python}/datasets/counts` },
  'model-plain-sum': { root: `${python}/models/plain/sum` },
  'python-training': { root: `${python}/training` },
}

/** The edges that files of these projects have. */
function edges(files: Record<string, string>): string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const projectFileMap = Object.fromEntries(
    Object.entries(projects).map(([name, project]) => [
      name,
      Object.keys(files)
        .filter((file) => file.startsWith(`${project.root}/`))
        .map((file) => ({ file, hash: '' })),
    ]),
  )
  const context = { projects, workspaceRoot: root, filesToProcess: { projectFileMap } }
  const found = importDependencies(context as unknown as CreateDependenciesContext)
  return found.map(
    ({ source, target, ...rest }) => `${source} → ${target} (${'sourceFile' in rest && rest.sourceFile})`,
  )
}

test('Python and parameters link the projects that they import from, tests and what is beside them do not', () => {
  expect(
    edges({
      [`${python}/__init__.py`]: '',
      [`${python}/training/__init__.py`]: '',
      [`${python}/models/plain/sum/__init__.py`]: '',
      [`${python}/models/plain/sum/schema.ts`]: '',
      [`${python}/datasets/counts/schema.ts`]: "import { sum } from '../../models/plain/sum/schema'\n",
      'experiments/plain/tiny/recipe.py': 'from blacksmith.training import Context\n',
      'experiments/plain/tiny/recipe_test.py': 'import blacksmith.models.plain.sum\n',
      'experiments/plain/tiny/config.ts': `import { counts } from '../../../${python}/datasets/counts/schema'\n`,
      'experiments/plain/tiny/config.test.ts': `import '../../../${python}/models/plain/sum/schema'\n`,
    }).sort(),
  ).toEqual([
    `dataset-counts → model-plain-sum (${python}/datasets/counts/schema.ts)`,
    'plain-tiny → dataset-counts (experiments/plain/tiny/config.ts)',
    'plain-tiny → python-training (experiments/plain/tiny/recipe.py)',
  ])
})
