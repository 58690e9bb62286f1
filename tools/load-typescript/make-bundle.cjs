const { existsSync } = require('node:fs')
const { readFile } = require('node:fs/promises')
const { createRequire } = require('node:module')
const path = require('node:path')
const esbuild = require('esbuild')
const { installRecords, isOurs, sourceOf } = require('./modules-folder.cjs')

/**
 * Bundles a TypeScript file with all that it imports: `node make-bundle.cjs <file> [module that is provided …]`. Prints
 * what it has made as JSON, or says why not and exits with 1:
 *
 * - code: an expression, a function of module, require and process. `module.exports.entry` is what the file exports; of a file
 *   of ours, `module.exports.provided` are those of our modules that the TypeScript of experiments imports
 * - map: from positions in the code to those in its sources
 * - inputs: the files to look at for whether the code is still that of its sources
 *
 * Where modules are provided the file is an experiment's, and Node loads all its packages.
 */
const ours = '@blacksmith/config'
/** Large and rarely needed, or the very ones that Nx has: Node loads them where they are asked for. */
const outside = /^(@nx\/devkit|nx|undici|@aws-sdk\/client-s3)(\/|$)/

async function main([file, ...provided]) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: stub(file, provided), resolveDir: __dirname },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    legalComments: 'none',
    tsconfigRaw: {},
    packages: provided.length > 0 ? 'external' : 'bundle',
    // In ASCII, which is read several times as quick: esbuild escapes in strings, but not in templates and comments.
    supported: { 'dynamic-import': false, 'template-literal': false },
    charset: 'ascii',
    banner: { js: '(function (module, require, process) { const exports = module.exports;' },
    footer: { js: '})' },
    minifyWhitespace: true,
    sourcemap: 'external',
    sourcesContent: false,
    absWorkingDir: '/',
    outdir: '/',
    write: false,
    metafile: true,
    logLevel: 'silent',
    // It would be empty, without a word: what is bundled is no ES module.
    logOverride: { 'empty-import-meta': 'error' },
    plugins: [outsidePackages, ...(provided.length > 0 ? [ownParameters] : []), ownLocations],
  })
  const [map, code] = outputFiles.map(({ text }) => text)
  const bundled = Object.keys(metafile.inputs).filter((input) => input !== '<stdin>')
  process.stdout.write(JSON.stringify({ code, map, inputs: inputsOf(bundled.map((input) => `/${input}`)) }))
}

/** The modules that are provided are evaluated when somebody asks for them. */
function stub(file, provided) {
  const provide = `exports.provided = { get '${ours}'() { return require('${ours}') } }`
  return `${provided.length > 0 ? '' : provide}\nexports.entry = require(${JSON.stringify(file)})`
}

/**
 * Sources and what says where their imports lead, their folders included: a new file may be what an import now means.
 * Of a package only the latter: there may be hundreds of files in it.
 */
function inputsOf(bundled) {
  const sources = bundled.filter((file) => !file.includes('/node_modules/'))
  const leading = [...sources.map(path.dirname), ...bundled.map(packageOf), ...installRecords]
  return [...new Set([...sources, ...leading])].filter((file) => file && existsSync(file))
}

function packageOf(file) {
  for (let folder = path.dirname(file); folder !== '/'; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return path.join(folder, 'package.json')
  }
  return undefined
}

/** As found by the file that imports them. */
const outsidePackages = {
  name: 'outside packages',
  setup(build) {
    build.onResolve({ filter: outside }, ({ path: id, importer }) => ({
      path: createRequire(importer).resolve(id),
      external: true,
    }))
    build.onResolve({ filter: /\.node$/ }, ({ path: id }) => ({ path: id, external: true }))
  },
}

/** The parameters of our data sets and models, which come as source and speak with what is provided. */
const ownParameters = {
  name: 'own parameters',
  setup(build) {
    build.onResolve({ filter: /^@blacksmith\/python\// }, ({ path: id, importer }) => {
      const [, , ...inside] = id.split('/')
      const root = path.dirname(createRequire(importer).resolve('@blacksmith/python/package.json'))
      return { path: sourceOf(path.join(root, ...inside)) }
    })
  },
}

/** In a bundle, too, `__dirname` and `__filename` are those of each source. */
const ownLocations = {
  name: 'own locations',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path: file }) => {
      if (!isOurs(file)) return undefined
      const text = await readFile(file, 'utf8')
      if (!/\b__(dirname|filename)\b/.test(text)) return undefined
      const [folder, own] = [path.dirname(file), file].map((place) => JSON.stringify(place))
      return { contents: `const __dirname = ${folder}, __filename = ${own};${text}`, loader: 'default' }
    })
  },
}

function inWords({ text, location }) {
  if (!location) return text
  const { file, line, column, lineText } = location
  return `${text} (/${file}:${line}:${column + 1})\n${lineText}\n${' '.repeat(column)}^`
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.errors?.map(inWords).join('\n') ?? error)
  process.exitCode = 1
})
