const { existsSync, readFileSync } = require('node:fs')
const { SourceMap } = require('node:module')

/** Bundles by their file, with their source maps once a stack trace has asked for them. */
const bundles = new Map()

/** From now on stack traces name the sources of a bundle, not the bundle. */
exports.nameSources = (file) => {
  bundles.set(file, undefined)
  Error.prepareStackTrace = withSources
}

function withSources(error, frames) {
  return [Error.prototype.toString.call(error), ...frames.map((frame) => `    at ${inSource(frame)}`)].join(
    '\n',
  )
}

function inSource(frame) {
  const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()]
  const { originalSource, originalLine, originalColumn } = mapOf(file)?.findEntry(line - 1, column - 1) ?? {}
  if (originalSource === undefined) return String(frame)
  return String(frame).replace(
    `${file}:${line}:${column}`,
    `/${originalSource}:${originalLine + 1}:${originalColumn + 1}`,
  )
}

function mapOf(file) {
  if (!bundles.has(file)) return undefined
  const map = `${file}.map`
  if (!bundles.get(file) && existsSync(map))
    bundles.set(file, new SourceMap(JSON.parse(readFileSync(map, 'utf8'))))
  return bundles.get(file)
}
