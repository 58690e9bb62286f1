import { type Document, parseDocument, type YAMLError, YAMLParseError } from 'yaml'
import { type Problem, UserError } from '../errors/user-error'
import { BuildTree } from './build-tree'
import { tooDeepAt } from './nesting'
import type { Source } from './read-text'
import { lineAndColumn, locate, type Tree } from './tree'

/**
 * Parses one YAML 1.2 document; undefined for a file without content.
 *
 * @throws UserError with every syntax error, duplicate key, unknown tag and broken alias in it.
 */
export function parseYaml(source: Source): Tree | undefined {
  const document = parse(source.text)
  const syntax = onePerLine([...document.errors, ...document.warnings], source)
  const problems = syntax.map((error) => syntaxProblem(error, source))
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2') {
    problems.push({
      file: source.file,
      line: 1,
      message: `asks for YAML ${document.directives.yaml.version}`,
      remedy: 'remove the %YAML line: these files are YAML 1.2',
    })
  }
  if (problems.length > 0) throw new UserError(problems)
  if (document.contents === null) return undefined
  const build = new BuildTree(document, source)
  const tree = build.root()
  if (build.problems.length > 0) throw new UserError(build.problems)
  return tree
}

/** The library's document, with merge keys left in place: they are resolved with their positions by BuildTree. */
export function parse(text: string): Document.Parsed {
  const deep = tooDeepAt(text)
  const document = parseDocument(deep === undefined ? text : '', {
    version: '1.2',
    merge: false,
    // Checked by BuildTree, which names the line of the first one.
    uniqueKeys: false,
    prettyErrors: false,
  })
  if (deep !== undefined) document.errors.push(new YAMLParseError([deep, deep], 'IMPOSSIBLE', tooDeep))
  return document
}

const tooDeep = 'is nested too deeply'

/** One mistake often gives several syntax errors; the first of each line says what it is. */
function onePerLine(errors: readonly YAMLError[], source: Source): YAMLError[] {
  const seen = new Set<number>()
  return errors.filter((error) => {
    const { line } = lineAndColumn({ source, offset: error.pos[0] })
    return !seen.has(line) && seen.add(line)
  })
}

function syntaxProblem(error: YAMLError, source: Source): Problem {
  const [message, remedy] = syntaxWords(error)
  // What is missing is missed at the end of the file: the last character shows more than the void behind it.
  const offset = Math.min(error.pos[0], source.text.trimEnd().length)
  return { ...locate({ source, offset }), message, remedy }
}

function syntaxWords(error: YAMLError): [message: string, remedy: string] {
  if (error.message === tooDeep) return [tooDeep, 'write it with fewer levels']
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return ['a second document begins here', 'keep one document in the file: remove the --- between them']
    case 'TAB_AS_INDENT':
      return ['a tab indents this line', 'indent with spaces']
    case 'TAG_RESOLVE_FAILED':
      return [lowerFirst(error.message), 'remove the tag, and put text in quotes where it should stay text']
    case 'BAD_SCALAR_START':
      return [lowerFirst(error.message), 'put the value in quotes']
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return [
        'is not YAML: a second `key:` where a value was expected',
        "check the indentation of this line and the next; text with ': ' in it needs quotes",
      ]
    default:
      return [
        `is not YAML: ${lowerFirst(error.message)}`,
        'check indentation, brackets and quotes around here',
      ]
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
