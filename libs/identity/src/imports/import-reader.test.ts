import { execFileSync } from 'node:child_process'
import { join, relative } from 'node:path'
import { makeTree, removeTrees } from '../../../config/src/testing/tree'
import { ImportReader } from './import-reader'
import { SourceCache } from './source-cache'

afterAll(removeTrees)

const reader = () => new ImportReader(new SourceCache())

/** What a recipe reaches in a tree of `experiment/` and `lib/`; `pkg` has the usual chain of packages. */
function reached(recipe: string, files: Record<string, string> = {}, entry = 'experiment/recipe.py') {
  const folder = makeTree({
    'lib/pkg/__init__.py': '',
    'lib/pkg/deep/__init__.py': '',
    'lib/pkg/deep/a.py': '',
    'lib/pkg/deep/b.py': '',
    ...(entry === 'experiment/recipe.py' ? { 'experiment/recipe.py': recipe } : { [entry]: recipe }),
    ...files,
  })
  const roots = [join(folder, 'experiment'), join(folder, 'lib')]
  const { files: found, problems } = reader().closure([join(folder, entry)], roots)
  const short = (file: string) => relative(folder, file)
  return {
    files: found.map(({ path }) => short(path)).filter((file) => file !== entry),
    problems: problems.map(({ file = '', ...rest }) => ({ file: short(file), ...rest })),
  }
}

const chain = ['lib/pkg/__init__.py', 'lib/pkg/deep/__init__.py']
const a = [...chain, 'lib/pkg/deep/a.py']

test.each([
  ['import a.b as c', 'import pkg.deep.a as x', a],
  ['a list of modules', 'import os, pkg.deep.a, sys', a],
  ['from a import module', 'from pkg.deep import a', a],
  ['from a import name', 'from pkg.deep.a import thing as t', a],
  ['a package alone', 'import pkg.deep', chain],
  [
    'a list over lines with comments',
    'from pkg.deep import (  # one\n  a as x,\n  b,  # two\n)',
    [...a, 'lib/pkg/deep/b.py'],
  ],
  ['an import in a function', 'def f():\n    from pkg.deep import a', a],
  [
    'imports in try and else',
    'try:\n    import pkg.deep.a\nexcept ImportError:\n    a = None\nelse:\n    pass',
    a,
  ],
  ['a line with semicolons', 'x = 1; import pkg.deep.a; y = 2', a],
  ['a continued line', 'from pkg.deep \\\n    import a', a],
  ['CRLF and a BOM', '\uFEFFimport os\r\nif 1:\r\n    import pkg.deep.a\r\n', a],
  ['the environment’s modules', 'import torch.nn as nn, numpy\nfrom os import path', []],
])('%s is followed', (_, recipe, expected) => {
  expect(reached(recipe)).toEqual({ files: expected, problems: [] })
})

test.each([
  ['from . import x', 'from . import b', ['b.py']],
  ['from .x import name', 'from .b import name', ['b.py']],
  ['from .. import package', 'from .. import other', ['../other.py']],
  ['from ..a.b import c', 'from ..side.c import (d, e)', ['../side/c.py']],
])('%s is taken from the package of the file', (_, source, expected) => {
  const files = { 'lib/pkg/other.py': '', 'lib/pkg/side/c.py': '', 'lib/pkg/deep/b.py': '' }
  const found = reached(source, files, 'lib/pkg/deep/a.py')
  expect(found.problems).toEqual([])
  const paths = expected.map((path) => join('lib/pkg/deep', path))
  expect(found.files).toEqual([...chain, ...paths].sort())
})

test('dots that lead out of every package are a mistake', () => {
  expect(reached('x = 1\nfrom . import sibling', { 'experiment/sibling.py': '' })).toEqual({
    files: [],
    problems: [
      expect.objectContaining({
        file: 'experiment/recipe.py',
        line: 2,
        column: 1,
        field: '.',
        message: 'is a relative import that leads out of every package',
      }),
    ],
  })
  expect(reached('from .... import x', {}, 'lib/pkg/deep/a.py').problems).toHaveLength(1)
})

test('a star takes the submodules that __all__ names', () => {
  const files = {
    'lib/star/__init__.py': '__all__ = ["one", "value"]\n__all__ += ["two"]\nvalue = 1\n',
    'lib/star/one.py': '',
    'lib/star/two.py': '',
    'lib/star/three.py': '',
  }
  expect(reached('from star import *', files).files).toEqual([
    'lib/star/__init__.py',
    'lib/star/one.py',
    'lib/star/two.py',
  ])
})

test('blocks that only type checkers read are left out, their alternatives are not', () => {
  const files = Object.fromEntries(
    ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'].map((m) => [`experiment/${m}.py`, '']),
  )
  const recipe = [
    'import typing',
    'from typing import TYPE_CHECKING',
    'if TYPE_CHECKING:\n    import m1\nelse:\n    import m2',
    'if x:\n    import m3\nelif typing.TYPE_CHECKING:\n    import m1\nelif y:\n    import m4',
    'if not TYPE_CHECKING:\n    import m5\nelse:\n    import m1',
    'if TYPE_CHECKING or x:\n    import m6',
  ].join('\n')
  expect(reached(recipe, files).files).toEqual(
    ['m2', 'm3', 'm4', 'm5', 'm6'].map((m) => `experiment/${m}.py`),
  )
})

test('modules beside the recipe come first, and circles end', () => {
  const files = {
    'experiment/layers.py': 'import blocks\nimport pkg.deep.a',
    'experiment/blocks.py': 'import layers\nimport recipe',
    'lib/layers.py': '',
  }
  expect(reached('import layers', files).files).toEqual([
    'experiment/blocks.py',
    'experiment/layers.py',
    ...a,
  ])
})

test('a folder without __init__.py is a namespace, merged over the roots, and comes last', () => {
  const files = {
    'experiment/space/one.py': '',
    'lib/space/two.py': '',
    'experiment/pkg/notes.txt': '',
    'experiment/configs/full.yaml': '',
  }
  const recipe =
    'import space.one\nfrom space import two\nimport pkg.deep.a\nimport configs.of_the_environment'
  expect(reached(recipe, files)).toEqual({
    files: ['experiment/space/one.py', ...a, 'lib/space/two.py'],
    problems: [],
  })
})

test('a package hides a module of the same name, and a module hides a namespace', () => {
  const files = {
    'lib/both.py': '',
    'lib/both/__init__.py': '',
    'lib/plain.py': '',
    'lib/plain/inner.py': '',
  }
  expect(reached('import both\nfrom plain import inner', files).files).toEqual([
    'lib/both/__init__.py',
    'lib/plain.py',
  ])
})

test('a module of ours that is not there is reported with its position, unless the recipe goes on without it', () => {
  expect(reached('import os\nif 1:\n    from pkg.deep.nothing import x').problems).toEqual([
    {
      file: 'experiment/recipe.py',
      line: 3,
      column: 5,
      field: 'pkg.deep.nothing',
      message: 'is imported, but there is no such module',
      remedy: 'mend the name, or add the module',
    },
  ])
  expect(reached('try:\n    import pkg.nothing\nexcept (OSError, ImportError):\n    pass').problems).toEqual(
    [],
  )
  expect(reached('try:\n    import pkg.nothing\nexcept OSError:\n    pass').problems).toHaveLength(1)
  expect(reached('from .nothing import x', {}, 'lib/pkg/deep/a.py').problems).toEqual([
    expect.objectContaining({ field: '.nothing' }),
  ])
})

test('an entry that is not there is reported', () => {
  const folder = makeTree()
  expect(reader().closure([join(folder, 'recipe.py')], [folder]).problems).toEqual([
    expect.objectContaining({ file: join(folder, 'recipe.py'), message: 'there is no such file' }),
  ])
})

test('a syntax error is reported with line and column, in Python’s words', () => {
  expect(reached('import os\n\ndef f(:\n    pass\n').problems).toEqual([
    { file: 'experiment/recipe.py', line: 3, column: 7, message: 'is not valid Python: invalid syntax' },
  ])
})

test.each([
  'with (open("x") as f, open("y") as g):\n    import pkg.deep.a',
  'x = 20.\ny = t[*i]\ndef f():\n    import pkg.deep.a\n    yield\n',
  'match x:\n    case ast.BinOp():\n        import pkg.deep.a',
  '@registry[0]\ndef f():\n    import pkg.deep.a',
])('what the parser does not know of Python is no mistake: %j', (recipe) => {
  expect(reached(recipe)).toEqual({ files: a, problems: [] })
})

test.each([
  ['importlib.import_module("pkg.deep.a")', 'pkg.deep.a'],
  ['import importlib as il\nil.import_module(name="pkg")', 'pkg'],
  ["from importlib import import_module as load\nload('pkg')", 'pkg'],
  ['__import__("beside")', 'beside'],
  ['importlib.import_module(".deep", "pkg")', '.deep'],
  ['importlib.import_module(f"pkg.{name}")', 'pkg.'],
  ['def f(): return runpy.run_module("pkg")', 'pkg'],
])('%s, a call that imports code of ours, is refused', (recipe, field) => {
  expect(reached(recipe, { 'experiment/beside.py': '' }).problems).toEqual([
    expect.objectContaining({ field, message: expect.stringMatching(/^is imported by a call/) }),
  ])
})

test.each([
  'importlib.import_module(name)',
  '__import__(f"{package}.x")',
  'importlib.import_module("a" + b)',
  'importlib.util.spec_from_file_location("x", "pkg/deep/a.py")',
  'importlib.import_module(*names)',
])('%s, a call that imports by a computed name, is refused', (recipe) => {
  expect(reached(recipe).problems).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/^imports by a computed name/) }),
  ])
})

test.each([
  'importlib.import_module("torch_xla")',
  '__import__(f"torch.{name}")',
  'importlib.util.find_spec("pkg")',
])('%s is the environment’s business', (recipe) => {
  expect(reached(recipe).problems).toEqual([])
})

test('only what loads a recipe may import by a computed name, since what it loads is an entry of the closure', () => {
  const files = {
    'lib/blacksmith/__init__.py': '',
    'lib/blacksmith/training/__init__.py': '',
    'lib/blacksmith/training/entry.py': 'importlib.import_module(request.entry)',
  }
  expect(reached('import blacksmith.training.entry', files).problems).toEqual([])
})

test('direct imports and digests are by file', () => {
  const folder = makeTree({ 'recipe.py': 'import one', 'one.py': 'import two', 'two.py': '' })
  expect(reader().fileImports(join(folder, 'recipe.py'), [folder]).files).toEqual([join(folder, 'one.py')])
  expect(reader().closure([join(folder, 'two.py')], [folder]).files).toEqual([
    {
      path: join(folder, 'two.py'),
      bytes: Buffer.alloc(0),
      digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    },
  ])
})

test('a module that is no regular file is refused, and never opened', () => {
  const folder = makeTree({ 'recipe.py': 'import pipe' })
  execFileSync('mkfifo', [join(folder, 'pipe.py')])
  expect(() => reader().closure([join(folder, 'recipe.py')], [folder])).toThrow(/pipe\.py.*no regular file/s)
})
