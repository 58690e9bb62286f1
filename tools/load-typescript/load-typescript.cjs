const { spawnSync } = require('node:child_process')
const { createRequire } = require('node:module')
const path = require('node:path')
const vm = require('node:vm')
const { keepBundle, keepCompiled, keptBundle } = require('./kept-bundle.cjs')
const { nameSources } = require('./source-positions.cjs')

/**
 * What loads our TypeScript outside of tests. An entry is bundled with all that it imports and kept until one of those
 * files changes: read one by one, they take an executor several times as long to load (benchmarks/nx-run.ts).
 *
 * @param {string} filename the file that asks; paths are relative to it
 * @returns {(entry: string) => any} gives what a TypeScript file exports
 */
module.exports = function loadTypeScript(filename) {
  return (entry) => load(path.resolve(path.dirname(filename), entry))
}

/** By the file's path: like Node's own modules, each is evaluated once in a process. */
const loaded = new Map()

/**
 * @param {string} file
 * @param {Record<string, unknown>} [lent] modules of ours, by name, for a file that is not ours: it gets those of the
 *   program that loads it, so that both speak of the same things
 */
function load(file, lent) {
  const known = loaded.get(file)
  if (known) return known
  const bundle = keptBundle(file) ?? newBundle(file, lent ? Object.keys(lent) : [])
  const exports = evaluate(bundle, file, lent)
  loaded.set(file, exports.entry)
  return exports.entry
}

function evaluate(bundle, file, lent) {
  const { code, compiled } = bundle
  const script = new vm.Script(code, { filename: bundle.file, cachedData: compiled })
  if (compiled === undefined || script.cachedDataRejected) keepCompiled(bundle, script)
  nameSources(bundle.file)
  const module = { exports: {} }
  const require = requireFrom(file, () => lent ?? module.exports.lent)
  script.runInThisContext()(module, require)
  return module.exports
}

/** What is not in a bundle: Node's modules, some packages, and the TypeScript of a workspace's experiments. */
function requireFrom(file, lent) {
  const native = createRequire(file)
  const requireModule = (id) => {
    if (Object.hasOwn(lent(), id)) return lent()[id]
    const found = native.resolve(id)
    return found.endsWith('.ts') ? load(found, lent()) : native(id)
  }
  return Object.assign(requireModule, { resolve: native.resolve })
}

/**
 * Made in a process of its own: we load synchronously, and esbuild's plugins do not work so.
 *
 * @throws Error in the compiler's words, with the place and its line
 */
function newBundle(file, external) {
  const started = Date.now()
  const { stdout, stderr, status, error } = spawnSync(
    process.execPath,
    [path.join(__dirname, 'make-bundle.cjs'), file, ...external],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 256 * 1024 * 1024 },
  )
  if (status !== 0) throw error ?? new Error(stderr.trim())
  return keepBundle(file, JSON.parse(stdout), started)
}
