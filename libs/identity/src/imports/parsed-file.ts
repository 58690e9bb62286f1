import type { Problem } from '@blacksmith/config'

/** One module that a file imports by a statement, as it is written. */
export interface WrittenImport {
  /** Leading dots: 0 for an absolute import. */
  level: number
  /** `a.b`; empty in `from . import x`. */
  module: string
  /** What `from … import` takes out of it, each a name or a submodule; empty for `import a.b`. */
  names: string[]
  /** `from … import *`: what the package names in its `__all__`. */
  star: boolean
  /** Inside a `try` that goes on without the module. */
  optional: boolean
  line: number
  column: number
}

/** An import by a call: `importlib.import_module(…)` and its like. */
export interface DynamicImport {
  /**
   * The literal name, or its literal beginning where that holds the whole first part (`f"torch.{name}"`);
   * null where the name is computed.
   */
  module: string | null
  line: number
  column: number
}

/** What the source of a Python file says of its imports. */
export interface ParsedFile {
  imports: WrittenImport[]
  dynamic: DynamicImport[]
  /** The literal strings of `__all__`; null where there is none. */
  exports: string[] | null
  problems: Omit<Problem, 'file'>[]
}

/** Functions that run a module whose name or path is their first argument. */
export const importingCalls: readonly string[] = [
  'import_module',
  '__import__',
  'run_module',
  'run_path',
  'spec_from_file_location',
  'SourceFileLoader',
]

/** Those of them that take a path, which no search root resolves. */
export const pathCalls: readonly string[] = ['run_path', 'spec_from_file_location', 'SourceFileLoader']
