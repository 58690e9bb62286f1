import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { workspaceRoot } from '../../../config/src/testing/tree'
import { askPython } from './ask-python'
import { ImportReader } from './import-reader'
import { parseImports } from './parse-imports'
import type { ParsedFile } from './parsed-file'
import { SourceCache } from './source-cache'

const pythonRoot = join(workspaceRoot, 'libs/python')

/** Folders with a recipe, and the entries of their targets. */
function realEntries(): { entry: string; roots: string[] }[] {
  const experiments = join(workspaceRoot, 'experiments')
  const folders = readdirSync(experiments, { withFileTypes: true })
    .filter((framework) => framework.isDirectory())
    .flatMap(({ name }) => readdirSync(join(experiments, name)).map((each) => join(experiments, name, each)))
    .filter((folder) => existsSync(join(folder, 'recipe.py')))
  const datasets = join(pythonRoot, 'blacksmith/datasets')
  const preparations = readdirSync(datasets)
    .map((name) => join(datasets, name, 'prepare.py'))
    .filter(existsSync)
  return [
    ...folders.map((folder) => ({ entry: join(folder, 'recipe.py'), roots: [folder, pythonRoot] })),
    ...preparations.map((entry) => ({ entry, roots: [pythonRoot] })),
    { entry: join(pythonRoot, 'blacksmith/training/__main__.py'), roots: [pythonRoot] },
  ]
}

/**
 * Python's own finder of modules, kept from blocks that only type checkers read. It prints the files below the
 * search roots for each entry, and the chain of packages above an entry, which `python -m` runs.
 */
const finder = `
import ast, json, modulefinder, sys
from pathlib import Path

class Runs(ast.NodeTransformer):
    def visit_If(self, node):
        self.generic_visit(node)
        if "TYPE_CHECKING" in ast.unparse(node.test):
            return node.orelse or ast.Pass()
        return node

def runs(source, file, mode):
    return compile(ast.fix_missing_locations(Runs().visit(ast.parse(source, file))), file, mode)

modulefinder.compile = runs
answer = []
for case in json.load(sys.stdin):
    found = modulefinder.ModuleFinder(path=case["roots"], excludes=[])
    found.run_script(case["entry"])
    files = {m.__file__ for m in found.modules.values() if m.__file__}
    for root in case["roots"]:
        for folder in Path(case["entry"]).parents:
            if folder.is_relative_to(root) and (folder / "__init__.py").exists():
                files.add(str(folder / "__init__.py"))
    answer.append(sorted(files))
json.dump(answer, sys.stdout)
`

test('the closure of every entry of this repository is the one that Python’s modulefinder finds', () => {
  const entries = realEntries()
  expect(entries.length).toBeGreaterThan(3)
  const answer = execFileSync('python3', ['-c', finder], { input: JSON.stringify(entries) }).toString()
  const short = (files: string[]) => files.map((file) => relative(workspaceRoot, file)).sort()
  const expected = (JSON.parse(answer) as string[][]).map(short)
  const reader = new ImportReader(new SourceCache())
  const found = entries.map(({ entry, roots }) => reader.closure([entry], roots))
  expect(found.map(({ files }) => short(files.map(({ path }) => path)))).toEqual(expected)
  expect(found.flatMap(({ problems }) => problems)).toEqual([])
})

test('our own parser reads the standard library as Python’s does, wherever it reports no syntax error', () => {
  const library = execFileSync('python3', ['-c', 'import os; print(os.__file__.rpartition("/")[0])'])
    .toString()
    .trim()
  const folders = [
    '',
    'asyncio',
    'collections',
    'concurrent/futures',
    'email',
    'importlib',
    'unittest',
    'xml/etree',
  ]
  const sources = folders
    .map((folder) => join(library, folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.py'))
    // Every fifth, and all that is unusual: enough to find a difference, and quick.
    .filter((file, at) => at % 5 === 0 || /(typing|_collections_abc|types|datetime|mock)\.py$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
  expect(sources.length).toBeGreaterThan(50)
  const ours = sources.map(parseImports)
  const theirs = askPython(sources) ?? []
  const understood = ours.flatMap((parsed, at) => (parsed.problems.length === 0 ? [at] : []))
  expect(understood.length).toBeGreaterThan(0.97 * sources.length)
  for (const at of understood) {
    expect(inOrder(ours[at])).toEqual(inOrder(theirs[at]))
  }
})

/** Both find the same; one goes through a tree from left to right, the other not always. */
function inOrder(parsed: ParsedFile | undefined): unknown {
  const lines = (found: object[] = []) =>
    found.map((each) => JSON.stringify(Object.entries(each).sort())).sort()
  return {
    imports: lines(parsed?.imports),
    dynamic: lines(parsed?.dynamic),
    exports: [...(parsed?.exports ?? [])].sort(),
    problems: parsed?.problems,
  }
}
