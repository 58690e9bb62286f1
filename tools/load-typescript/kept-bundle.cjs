const { isAscii } = require('node:buffer')
const { createHash, randomUUID } = require('node:crypto')
const fs = require('node:fs')
const { homedir } = require('node:os')
const path = require('node:path')
const v8 = require('node:v8')
const { cacheFolder: beside } = require('./modules-folder.cjs')

/**
 * The bundles in node_modules/.cache/blacksmith, each as good as the files that it was made of. The folder may vanish
 * or be broken at any time. Where it cannot be written to they are in the user's cache folder, and where that cannot be
 * either, each process makes its bundles anew.
 *
 *   <source>.json           the record of a source's bundle: the code's digest, and what its inputs looked like
 *   <source>-<code>.cjs     the code, and beside it its source map
 *   <source>-<code>-….bin   the code as V8 has compiled it, after the digest of that
 *
 * where <source> is the digest of a path and of what is provided to the file, and <code> that of the code.
 *
 * @typedef {object} Bundle
 * @property {string} file where the code is
 * @property {string} code
 * @property {string} [map] its source map, where it is not beside the file
 * @property {Buffer} [compiled]
 */
const folder = cacheFolder()
const makers = ['kept-bundle.cjs', 'make-bundle.cjs', 'modules-folder.cjs', 'package.json'].map((name) =>
  path.join(__dirname, name),
)
const oldMs = 30 * 24 * 3600 * 1000
/** What a file system may round a time down by. */
const clockMs = 50

/** @returns {Bundle | undefined} undefined when there is none, or one of its inputs has changed */
exports.keptBundle = (file, provided) => {
  const source = sourceOf(file, provided)
  try {
    const { digest, inputs } = JSON.parse(fs.readFileSync(recordOf(source), 'utf8'))
    if (!inputs.every(([input, stamp]) => stampOf(input, fs.statSync(input)) === stamp)) return undefined
    const code = fs.readFileSync(codeOf(source, digest))
    if (digestOf(code) !== digest) return undefined
    const kept = codeOf(source, digest)
    return {
      file: kept,
      code: code.toString(isAscii(code) ? 'latin1' : 'utf8'),
      compiled: readCompiled(compiledOf(kept)),
    }
  } catch {
    return undefined
  }
}

/** V8 believes what it is given, so its digest is kept before it. */
function readCompiled(file) {
  if (!fs.existsSync(file)) return undefined
  const content = fs.readFileSync(file)
  const compiled = content.subarray(digestLength)
  return content.subarray(0, digestLength).toString() === digestOf(compiled) ? compiled : undefined
}

/**
 * Keeps a bundle that has just been made.
 *
 * @param {number} started when its making began, in ms since the epoch: an input written later may be another already
 * @returns {Bundle}
 */
exports.keepBundle = (file, provided, { code, map, inputs }, started) => {
  const source = sourceOf(file, provided)
  const digest = digestOf(code)
  const kept = codeOf(source, digest)
  try {
    const stats = [...makers, ...inputs].map((input) => [input, fs.statSync(input)])
    removeOld(source)
    write(kept, code)
    write(`${kept}.map`, map)
    // A time in the future was given to a file by hand, or by an archive: nobody has written to it since we started.
    const later = ({ mtimeMs }) => mtimeMs >= started - clockMs && mtimeMs <= Date.now() + clockMs
    if (stats.every(([, stat]) => stat.ctimeMs < started - clockMs && !later(stat))) {
      const stamps = stats.map(([input, stat]) => [input, stampOf(input, stat)])
      write(recordOf(source), JSON.stringify({ digest, inputs: stamps }))
    }
  } catch (error) {
    if (error.code === undefined) throw error
  }
  return { file: kept, code, map }
}

const compiledLater = new Map()

/** Keeps what V8 has compiled, as this process ends: by then that is all that it has needed. */
exports.keepCompiled = ({ file }, script) => {
  if (compiledLater.size === 0) process.once('exit', keepAllCompiled)
  compiledLater.set(file, script)
}

function keepAllCompiled() {
  for (const [file, script] of compiledLater) {
    try {
      const compiled = script.createCachedData()
      write(compiledOf(file), Buffer.concat([Buffer.from(digestOf(compiled)), compiled]))
    } catch (error) {
      if (error.code === undefined) throw error
    }
  }
}

const digestLength = 32
const digestOf = (content) => createHash('sha256').update(content).digest('hex').slice(0, digestLength)
const sourceOf = (file, provided) => digestOf(JSON.stringify([file, ...provided]))
const recordOf = (source) => path.join(folder, `${source}.json`)
const codeOf = (source, digest) => path.join(folder, `${source}-${digest}.cjs`)
/** Compiled code is good for one version of V8, with the same flags, on the same kind of processor. */
const compiledOf = (file) => file.replace(/\.cjs$/, `-${v8.cachedDataVersionTag()}.bin`)

/** Of a file its inode and times, of which that of its last change cannot be set back; of a folder its modules. */
function stampOf(file, stat) {
  if (!stat.isDirectory()) return `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
  const names = fs.readdirSync(file).filter((name) => /^[^.]+$|\.[cm]?[jt]sx?$/.test(name))
  return names.sort().join(' ')
}

function cacheFolder() {
  if (canBeWritten(beside)) return beside
  const cache = cacheOfUser()
  if (cache === undefined) return beside
  const own = path.join(cache, 'blacksmith', 'typescript')
  return canBeWritten(own) ? own : beside
}

/** Undefined for a user without a name and without HOME. */
function cacheOfUser() {
  const { XDG_CACHE_HOME: cache } = process.env
  if (cache?.startsWith('/')) return cache
  try {
    return path.join(homedir(), '.cache')
  } catch {
    return undefined
  }
}

function canBeWritten(cache) {
  try {
    fs.mkdirSync(cache, { recursive: true })
    fs.accessSync(cache, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}

function write(file, content) {
  const written = `${file}.${randomUUID()}`
  try {
    fs.writeFileSync(written, content)
    fs.renameSync(written, file)
  } catch (error) {
    fs.rmSync(written, { force: true })
    throw error
  }
}

/** Former bundles of a source, and what has not been made for long: a process that has yet to read it makes its own. */
function removeOld(source) {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name)
    const { mtimeMs = 0 } = fs.statSync(file, { throwIfNoEntry: false }) ?? {}
    if (name.startsWith(`${source}-`) || Date.now() - mtimeMs > oldMs)
      fs.rmSync(file, { recursive: true, force: true })
  }
}
