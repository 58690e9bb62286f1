const { readFileSync } = require('node:fs')
const { SourceMap } = require('node:module')

/** Source maps of bundles by their file: where they are until a stack trace asks for them, and what they say then. */
const maps = new Map()

/**
 * From now on stack traces name the sources of a bundle, not the bundle.
 *
 * @param {string} [map] its source map, where that is not beside the file
 */
exports.nameSources = (file, map) => {
  maps.set(file, map)
  Error.prepareStackTrace = withSources
}

function withSources(error, frames) {
  return [headOf(error), ...frames.map((frame) => `    at ${inSource(frame)}`)].join('\n')
}

/** Node's own errors begin with their code, as where nobody formats them. */
function headOf(error) {
  const head = Error.prototype.toString.call(error)
  const { code, name } = error
  return typeof code === 'string' && code.startsWith('ERR_') && !head.includes(code)
    ? head.replace(name, `${name} [${code}]`)
    : head
}

function inSource(frame) {
  const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()]
  const { originalSource, originalLine, originalColumn } = mapOf(file)?.findEntry(line - 1, column - 1) ?? {}
  if (originalSource === undefined) return String(frame)
  return String(frame).replace(
    `${file}:${line}:${column}`,
    `/${decodeURIComponent(originalSource)}:${originalLine + 1}:${originalColumn + 1}`,
  )
}

function mapOf(file) {
  if (!maps.has(file)) return undefined
  const map = maps.get(file)
  if (map === undefined || typeof map === 'string') maps.set(file, read(file, map))
  return maps.get(file) ?? undefined
}

/** Null where there is no map any more: a trace without sources is better than none. */
function read(file, map) {
  try {
    return new SourceMap(JSON.parse(map ?? readFileSync(`${file}.map`, 'utf8')))
  } catch {
    return null
  }
}
