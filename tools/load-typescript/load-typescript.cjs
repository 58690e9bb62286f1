const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { createRequire, isBuiltin } = require('node:module')
const path = require('node:path')
const vm = require('node:vm')
const { keepBundle, keepCompiled, keptBundle } = require('./kept-bundle.cjs')
const { installedPackages, sourceOf } = require('./modules-folder.cjs')
const { nameSources } = require('./source-positions.cjs')

/**
 * What loads our TypeScript outside of tests. An entry is bundled with all that it imports and kept until one of those
 * files changes: read one by one, they take an executor several times as long to load (benchmarks/nx-run.ts).
 *
 * @param {string} filename the file that asks; paths are relative to it
 * @returns {(entry: string) => any} gives what a TypeScript file exports, by its path without an ending: in an installed
 *   package it is compiled already
 */
module.exports = function loadTypeScript(filename) {
  return (entry) => loadProgram(sourceOf(path.resolve(path.dirname(filename), entry)))
}

/**
 * The digest of a TypeScript file of an experiment with all that it imports, as it is loaded: comments are not in it.
 * Of a package it is the state of what is installed.
 *
 * @param {string} file absolute path
 * @returns {string} SHA-256 in hex
 */
module.exports.digestOfTypeScript = (file) => {
  const provided = ['@blacksmith/config']
  const { code } = bundleOf(file, provided)
  const asked = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, id]) => id)
  const hash = createHash('sha256').update(code)
  if (asked.some((id) => !provided.includes(id) && !path.isAbsolute(id))) hash.update(installedPackages())
  return hash.digest('hex')
}

/** What an entry exports, by its path: like Node's own modules, each is evaluated once in a process. */
const programs = new Map()

function loadProgram(entry) {
  if (programs.has(entry)) return programs.get(entry)
  const module = { exports: {} }
  const experiments = new Map()
  /** An experiment's own TypeScript. What it imports of ours is this program's, so that both speak of the same things. */
  const loadExperiment = (file) => {
    const { provided } = module.exports
    // Asked each time: a process that lives long, as Nx's daemon does, sees a change.
    const bundle = bundleOf(file, Object.keys(provided))
    const known = experiments.get(file)
    if (known?.code === bundle.code) return known.exports
    const experiment = { exports: {} }
    evaluate(bundle, experiment, closed(requireFrom(file, loadExperiment, provided), file), closedProcess)
    experiments.set(file, { code: bundle.code, exports: experiment.exports.entry })
    return experiment.exports.entry
  }
  evaluate(bundleOf(entry, []), module, requireFrom(entry, loadExperiment))
  programs.set(entry, module.exports.entry)
  return module.exports.entry
}

/**
 * An experiment's parameters follow from its files alone, or a result would be reused that its key does not describe:
 * its TypeScript reads no files, no variables, no clock of this machine.
 */
function closed(require, file) {
  const requireModule = (id) => {
    if (!isBuiltin(id)) return require(id)
    throw new Error(`${id} is Node's own: an experiment's parameters follow from its files alone (${file})`)
  }
  return Object.assign(requireModule, { resolve: require.resolve })
}

const closedProcess = new Proxy(
  {},
  {
    get(_, name) {
      throw new Error(
        `process.${String(name)} differs from machine to machine: parameters follow from the experiment's files alone`,
      )
    },
  },
)

function evaluate(bundle, module, require, process = globalThis.process) {
  const { code, compiled, file, map } = bundle
  const script = new vm.Script(code, { filename: file, cachedData: compiled })
  if (compiled === undefined || script.cachedDataRejected) keepCompiled(bundle, script)
  nameSources(file, map)
  script.runInThisContext()(module, require, process)
}

/** What is not in a bundle: Node's modules, some packages, and what was found in the workspace. */
function requireFrom(file, loadExperiment, provided = {}) {
  const native = createRequire(file)
  const requireModule = (id) => {
    if (Object.hasOwn(provided, id)) return provided[id]
    const found = native.resolve(id)
    return found.endsWith('.ts') ? loadExperiment(found) : native(id)
  }
  return Object.assign(requireModule, { resolve: native.resolve })
}

/**
 * Bundles are made in a process of its own: we load synchronously, and esbuild's plugins do not work so.
 *
 * @param {string[]} provided modules that the file is given, and so not in its bundle
 * @throws Error in the compiler's words, with the place and its line
 */
function bundleOf(file, provided) {
  const kept = keptBundle(file, provided)
  if (kept) return kept
  const started = Date.now()
  const { stdout, stderr, status, signal, error } = spawnSync(
    process.execPath,
    [path.join(__dirname, 'make-bundle.cjs'), file, ...provided],
    {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
      maxBuffer: 256 * 1024 * 1024,
      // In a group of its own: Ctrl-C is for us to answer, and no fault of the file.
      detached: true,
    },
  )
  if (error) throw error
  if (status !== 0)
    throw new Error(stderr.trim() || `its compiler ended with ${signal ?? `exit code ${status}`}`)
  return keepBundle(file, provided, JSON.parse(stdout), started)
}
