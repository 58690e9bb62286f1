import { dirname } from 'node:path'

/** Where a requirements file lets packages come from. */
export interface Source {
  option: '--index-url' | '--extra-index-url' | '--find-links' | '--no-index'
  /** A URL or a folder, relative to the file that names it; empty for `--no-index`. */
  value: string
  /** Of the file that says so. */
  folder: string
}

/** What a requirements file says together with all that it includes. */
export interface Pins {
  packages: string[]
  /** Of files included by `-c`: they bound versions, and install nothing. */
  constraints: string[]
  sources: Source[]
  /** All other options, such as `--no-binary`. */
  options: string[]
}

/** One meaningful line of a requirements file. */
export type Line = { package: string } | { source: Source } | { option: string } | Included

/** A file that is read in the place of a line. */
export interface Included {
  /** As the line names it. */
  included: string
  /** Whether only as a bound. */
  constraint: boolean
}

/** What pip reads of a file: lines that end in `\` go on in the next, comments begin at a `#` that stands alone. */
export function linesOf(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

/** @param path of the file that the line stands in */
export function parseLine(line: string, path: string): Line {
  const [, flag, value] = line.match(/^(-[a-z]|--[a-z-]+)(?:[\s=]*(\S.*))?$/) ?? []
  if (flag === undefined) return line.startsWith('-') ? { option: line } : { package: line }
  const included = value !== undefined && !/^[a-z]+:\/\//i.test(value) && includes.get(flag)
  if (included) return { included: value, constraint: included === 'constraint' }
  const option = sources.get(flag)
  if (option === undefined) return { option: line }
  return { source: { option, value: value ?? '', folder: dirname(path) } }
}

const includes = new Map<string, 'requirement' | 'constraint'>([
  ['-r', 'requirement'],
  ['--requirement', 'requirement'],
  ['-c', 'constraint'],
  ['--constraint', 'constraint'],
])

const sources = new Map<string, Source['option']>([
  ['-i', '--index-url'],
  ['--index-url', '--index-url'],
  ['--extra-index-url', '--extra-index-url'],
  ['-f', '--find-links'],
  ['--find-links', '--find-links'],
  ['--no-index', '--no-index'],
])

/** Equal for pins that say the same, in whatever order, files and spelling of names. */
export function canonical({ packages, constraints, sources, options }: Pins): string {
  const named = (lines: string[]) => [...new Set(lines.map(spelt))].sort()
  const from = [...new Set(sources.map(({ option, value }) => `${option} ${value}`))].sort()
  return JSON.stringify([named(packages), named(constraints), from, options])
}

function spelt(line: string): string {
  const exact = /^([\w.-]+) ?(\[[^\]]*\])? ?== ?/
  return line
    .replace(/\s+/g, ' ')
    .replace(exact, (_, name: string, extras = '') => `${plainName(name)}${extras}==`)
}

/** PEP 503: `Typing_Extensions` and `typing-extensions` are one package. */
export function plainName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}
