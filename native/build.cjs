#!/usr/bin/env node
/**
 * Builds native/ with plain compiler calls: `node native/build.cjs`. Headers come from the npm packages
 * node-addon-api and node-api-headers, so nothing is downloaded.
 *
 *   node native/build.cjs                                the addon and the supervisor, into native/build/
 *   node native/build.cjs --test                         and the core's C++ tests, which it runs
 *   node native/build.cjs --sanitize=thread --test       the core's tests under ThreadSanitizer
 *   node native/build.cjs --sanitize=address --test      … under AddressSanitizer and UBSan
 *   node native/build.cjs --benchmark                    the core's benchmark, which it runs
 *
 * The compiler is g++, or what CXX names, with arguments if need be (CXX="ccache g++"). Its warnings are shown; with
 * CXX_WERROR=1, as .ci/run sets it, they are errors.
 *
 * compile_commands.json in native/build/ says to editors how each file is compiled.
 *
 * An object file is named by the digest of all that goes into it and every output is renamed into place, so
 * only what changed is compiled again, and builds that run side by side cannot harm each other.
 */
const { createHash } = require('node:crypto')
const { execFile, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const root = __dirname
const buildDirectory = path.join(root, 'build')
const objectDirectory = path.join(buildDirectory, 'obj')
// A newer compiler knows more warnings, which are for those who can mend them.
const strict = process.env.CXX_WERROR === '1' ? ['-Werror'] : []
const warnings = ['-Wall', '-Wextra', '-Wpedantic', ...strict]
const sanitizers = {
  thread: ['-fsanitize=thread'],
  address: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'],
}
const unusedObjectAge = 24 * 3600 * 1000

class BuildError extends Error {}

async function main(args) {
  const options = readOptions(args)
  const compiler = findCompiler()
  fs.mkdirSync(objectDirectory, { recursive: true })
  const mode = options.sanitize ? [...sanitizers[options.sanitize], '-O1', '-g'] : ['-O2']
  const flags = ['-std=c++20', ...warnings, ...mode, '-fPIC', '-pthread', `-I${root}`]
  const compile = compileSources(compiler, flags)

  const archived = options.sanitize ? `libcore-${options.sanitize}.a` : 'libcore.a'
  const coreObjects = await compile(sourcesIn('core'))
  let made = await archive(archived, coreObjects)
  const core = { file: path.join(buildDirectory, archived), key: digestOf(coreObjects) }
  if (!options.sanitize) writeCompileCommands(compiler, flags)
  if (!options.sanitize) {
    const addon = await compile(sourcesIn('addon'), addonFlags())
    const supervisor = await compile(sourcesIn('supervisor').filter((file) => !isEntry(file)))
    const [library, program] = await compile(sourcesIn('supervisor').filter(isEntry))
    // Linked to the shared libraries: not every distribution installs static ones with its compiler.
    made += await link(compiler, 'blacksmith.node', addon, ['-shared'], core)
    made += await link(compiler, 'blacksmith-supervise', [...supervisor, program], [], core)
    made += await link(compiler, 'libblacksmith-supervise.so', [...supervisor, library], ['-shared'], core)
  }
  if (options.benchmark) {
    const benchmark = await compile(sourcesIn('benchmarks'))
    await link(compiler, 'core-benchmark', benchmark, mode, core)
    return runProgram(path.join(buildDirectory, 'core-benchmark'))
  }
  if (options.test) {
    const standin = await compile(sourcesIn('tests/nvml'))
    const nvml = options.sanitize ? `libnvml-standin-${options.sanitize}.so` : 'libnvml-standin.so'
    made += await link(compiler, nvml, standin, ['-shared', ...mode])
    const tests = await compile(sourcesIn('tests'), [`-DNVML_STANDIN="${path.join(buildDirectory, nvml)}"`])
    const name = options.sanitize ? `core-tests-${options.sanitize}` : 'core-tests'
    made += await link(compiler, name, tests, mode, core)
    removeUnusedObjects()
    return runProgram(path.join(buildDirectory, name))
  }
  removeUnusedObjects()
  console.log(made > 0 ? 'native: built native/build' : 'native: native/build is up to date')
  return 0
}

function readOptions(args) {
  const options = { test: false, benchmark: false, sanitize: undefined }
  for (const arg of args) {
    const sanitize = /^--sanitize=(.*)$/.exec(arg)?.[1]
    if (arg === '--test') options.test = true
    else if (arg === '--benchmark') options.benchmark = true
    else if (sanitize !== undefined && Object.hasOwn(sanitizers, sanitize)) options.sanitize = sanitize
    else
      throw new BuildError(
        `does not know ${arg}; use --test, --benchmark, --sanitize=thread or --sanitize=address`,
      )
  }
  return options
}

/** The command and version of a compiler that knows C++20, or the one message that says what to install. */
function findCompiler() {
  const words = commandOf(process.env.CXX)
  const [program, ...first] = words
  const command = words.join(' ')
  const remedy = 'Install g++ 11 or newer (Debian, Ubuntu: apt install g++), or name another compiler in CXX.'
  const version = spawnSync(program, [...first, '--version'], { encoding: 'utf8' })
  if (version.error?.code === 'ENOENT') throw new BuildError(`finds no C++ compiler (${command}). ${remedy}`)
  if (version.error || version.status !== 0) {
    throw new BuildError(
      `${command} --version fails: ${version.error?.message ?? version.stderr.trim()}. ${remedy}`,
    )
  }
  const name = version.stdout.split('\n')[0].trim()
  const stamp = path.join(buildDirectory, `compiler-${digestOf([...words, version.stdout])}`)
  const compiler = { program, first, version: version.stdout }
  if (fs.existsSync(stamp)) return compiler

  const probe = '#include <span>\n#include <concepts>\nconstinit int x = 0;\nint main() { return x; }\n'
  const checked = spawnSync(program, [...first, '-std=c++20', '-x', 'c++', '-fsyntax-only', '-'], {
    input: probe,
    encoding: 'utf8',
  })
  if (checked.status !== 0) throw new BuildError(`${command} (${name}) cannot compile C++20. ${remedy}`)
  fs.mkdirSync(buildDirectory, { recursive: true })
  fs.writeFileSync(stamp, '')
  return compiler
}

/** The words of CXX as a shell would read them; a path with spaces may stand there as it is, too. */
function commandOf(text = '') {
  if (text.trim() === '') return ['g++']
  if (fs.existsSync(text)) return [text]
  const words = text.match(/(?:\\.|"[^"]*"|'[^']*'|[^\s"'\\])+/g) ?? [text]
  return words.map((word) =>
    word.replace(/\\(.)|"([^"]*)"|'([^']*)'/g, (_, escaped, double, single) => escaped ?? double ?? single),
  )
}

function addonFlags() {
  const headers = (name, folder) => {
    try {
      return path.join(path.dirname(require.resolve(`${name}/package.json`)), folder)
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
      throw new BuildError(`the npm package ${name} is not installed. Run npm ci in the workspace's root.`)
    }
  }
  return [
    '-isystem',
    headers('node-addon-api', '.'),
    '-isystem',
    headers('node-api-headers', 'include'),
    '-DNAPI_VERSION=8',
    '-DNAPI_CPP_EXCEPTIONS',
  ]
}

/** The supervisor is a program, and a library for a process that goes on as the trainer. */
function isEntry(file) {
  return ['library.cpp', 'main.cpp'].includes(path.basename(file))
}

function sourcesIn(folder) {
  const directory = path.join(root, folder)
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith('.cpp'))
    .sort()
    .map((name) => path.join(directory, name))
}

/** A function that compiles files, as many at a time as there are cores, and gives their object files. */
function compileSources(compiler, commonFlags) {
  return async (sources, extraFlags = []) => {
    const flags = [...commonFlags, ...extraFlags]
    const objects = sources.map((source) => {
      const digest = digestOf([...identityOf(compiler), ...flags, ...closureOf(source)])
      return { source, file: path.join(objectDirectory, `${digest}.o`) }
    })
    const missing = objects.filter(({ file }) => !fs.existsSync(file))
    await eachInParallel(missing, ({ source, file }) =>
      renamedInto(file, (temporary) =>
        run(compiler.program, [...compiler.first, ...flags, '-c', source, '-o', temporary]),
      ),
    )
    const now = new Date()
    for (const { file } of objects) fs.utimesSync(file, now, now)
    return objects.map(({ file }) => file)
  }
}

function identityOf({ program, first, version }) {
  return [program, ...first, version]
}

/** How each source is compiled, for editors and linters that read C++ (clangd, clang-tidy). */
function writeCompileCommands(compiler, flags) {
  const folders = ['core', 'addon', 'supervisor', 'tests', 'tests/nvml', 'benchmarks']
  // A released package has no tests.
  const there = folders.filter((folder) => fs.existsSync(path.join(root, folder)))
  const commands = there.flatMap((folder) =>
    sourcesIn(folder).map((file) => ({
      directory: root,
      file,
      arguments: [compiler.program, ...compiler.first, ...flags, ...addonFlags(), '-c', file],
    })),
  )
  fs.writeFileSync(path.join(buildDirectory, 'compile_commands.json'), JSON.stringify(commands, null, 1))
}

/** The core as a static library, of which each program takes what it uses. */
function archive(name, objects) {
  return makeUnlessMade(name, digestOf(objects), (temporary) => run('ar', ['rcs', temporary, ...objects]))
}

function link(compiler, name, objects, flags, core) {
  const libraries = core ? [core.file, '-ldl'] : []
  const key = digestOf([...identityOf(compiler), ...objects, ...flags, core?.key ?? ''])
  return makeUnlessMade(name, key, (temporary) =>
    run(compiler.program, [
      ...compiler.first,
      '-pthread',
      ...objects,
      '-o',
      temporary,
      ...flags,
      ...libraries,
    ]),
  )
}

/** Makes an output unless it was made of these very inputs; returns the number of files it made. */
async function makeUnlessMade(name, key, make) {
  const output = path.join(buildDirectory, name)
  const stamp = `${output}.key`
  if (fs.existsSync(output) && readIfThere(stamp) === key) return 0
  await renamedInto(output, make)
  await renamedInto(stamp, async (temporary) => fs.writeFileSync(temporary, key))
  return 1
}

/** The texts of a source file and of all our own headers that it includes, directly or not. */
function closureOf(source, seen = new Map()) {
  if (seen.has(source)) return []
  const text = fs.readFileSync(source, 'utf8')
  seen.set(source, text)
  for (const [, name] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
    const header = [path.join(path.dirname(source), name), path.join(root, name)].find(fs.existsSync)
    if (header) closureOf(header, seen)
  }
  return [...seen.values()]
}

async function eachInParallel(items, work) {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker))
}

async function renamedInto(file, make) {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await make(temporary)
    fs.renameSync(temporary, file)
  } finally {
    fs.rmSync(temporary, { force: true })
  }
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 64 << 20 }, (error, _, stderr) => {
      if (!error) {
        if (stderr) console.warn(stderr.trimEnd())
        return resolve()
      }
      reject(
        new BuildError(
          `this compiler call failed:\n${[command, ...args].join(' ')}\n${stderr || error.message}`,
        ),
      )
    })
  })
}

function runProgram(binary) {
  const run = spawnSync(binary, { stdio: 'inherit' })
  if (run.error) throw run.error
  return run.status ?? 1
}

/** Objects of sources that have changed since: kept for a day, so that switching branches is cheap. */
function removeUnusedObjects() {
  for (const name of fs.readdirSync(objectDirectory)) {
    const file = path.join(objectDirectory, name)
    const status = fs.statSync(file, { throwIfNoEntry: false })
    if (status && Date.now() - status.mtimeMs > unusedObjectAge) fs.rmSync(file, { force: true })
  }
}

function digestOf(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex').slice(0, 32)
}

function readIfThere(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status
  },
  (error) => {
    console.error(error instanceof BuildError ? `native/build.cjs ${error.message}` : error)
    process.exitCode = 1
  },
)
