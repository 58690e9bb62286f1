const { createHash, randomUUID } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

/**
 * The bundles in node_modules/.cache/blacksmith, each as good as the files that it was made of. The folder may vanish
 * or be broken at any time; where it cannot be written to, each process makes its bundles anew.
 *
 *   <source>.json           the record of a source's bundle: the code's digest, and what its inputs looked like
 *   <source>-<code>.cjs     the code, and beside it its source map
 *   <source>-<code>-….bin   the code as one version of V8 has compiled it, after the digest of that
 *
 * where <source> is the digest of a path, and <code> that of the code.
 *
 * @typedef {object} Bundle
 * @property {string} file where the code is
 * @property {string} code
 * @property {Buffer} [compiled]
 */
const folder = path.resolve(__dirname, '../../node_modules/.cache/blacksmith')
const makers = ['make-bundle.cjs', 'package.json'].map((name) => path.join(__dirname, name))
const oldMs = 30 * 24 * 3600 * 1000
/** What a file system may round a time down by. */
const clockMs = 50

/** @returns {Bundle | undefined} undefined when there is none, or one of its inputs has changed */
exports.keptBundle = (source) => {
  try {
    const { digest, inputs } = JSON.parse(fs.readFileSync(recordOf(source), 'utf8'))
    if (!inputs.every(([input, stamp]) => stampOf(fs.statSync(input)) === stamp)) return undefined
    const file = codeOf(source, digest)
    const code = fs.readFileSync(file)
    if (digestOf(code) !== digest) return undefined
    return { file, code: code.toString(), compiled: readCompiled(compiledOf(file)) }
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
exports.keepBundle = (source, { code, map, inputs }, started) => {
  const digest = digestOf(code)
  const file = codeOf(source, digest)
  try {
    const stats = [...makers, ...inputs].map((input) => [input, fs.statSync(input)])
    fs.mkdirSync(folder, { recursive: true })
    removeOld(source)
    write(file, code)
    write(`${file}.map`, map)
    if (stats.every(([, { mtimeMs }]) => mtimeMs < started - clockMs)) {
      const stamps = stats.map(([input, stat]) => [input, stampOf(stat)])
      write(recordOf(source), JSON.stringify({ digest, inputs: stamps }))
    }
  } catch (error) {
    if (error.code === undefined) throw error
  }
  return { file, code }
}

/** Keeps what V8 has compiled, as this process ends: by then that is all that it has needed. */
exports.keepCompiled = ({ file }, script) => {
  process.once('exit', () => {
    try {
      const compiled = script.createCachedData()
      write(compiledOf(file), Buffer.concat([Buffer.from(digestOf(compiled)), compiled]))
    } catch (error) {
      if (error.code === undefined) throw error
    }
  })
}

const recordOf = (source) => path.join(folder, `${digestOf(source)}.json`)
const codeOf = (source, digest) => path.join(folder, `${digestOf(source)}-${digest}.cjs`)
const compiledOf = (file) => file.replace(/\.cjs$/, `-${process.versions.v8}-${process.arch}.bin`)
const digestLength = 32
const digestOf = (content) => createHash('sha256').update(content).digest('hex').slice(0, digestLength)
const ageOf = (file) => Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
const stampOf = ({ mtimeMs, size }) => `${mtimeMs} ${size}`

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
    const former = name.startsWith(`${digestOf(source)}-`)
    if (former || ageOf(file) > oldMs) fs.rmSync(file, { force: true })
  }
}
