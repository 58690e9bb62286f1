const { readFile } = require('node:fs/promises')
const path = require('node:path')
const esbuild = require('esbuild')

/**
 * Bundles a TypeScript file with all that it imports: `node make-bundle.cjs <file> [module that stays outside …]`.
 * Prints what it has made as JSON, or says why not and exits with 1:
 *
 * - code: an expression, a function of module and require. `module.exports.entry` is what the file exports; of a file
 *   of ours, `module.exports.lent` are those of our modules that the TypeScript of experiments imports
 * - map: from positions in the code to those in its sources
 * - inputs: the files to look at for whether the code is still that of its sources
 */
const lent = '@blacksmith/config'
/** Large and rarely needed, or the very ones that Nx has: Node loads them where they are asked for. */
const outside = ['*.node', '@nx/devkit', 'nx', 'undici']

async function main([file, ...external]) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: stub(file, external.length === 0), resolveDir: __dirname },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: [...outside, ...external],
    banner: { js: '(function (module, require) { const exports = module.exports;' },
    footer: { js: '})' },
    sourcemap: 'external',
    sourcesContent: false,
    absWorkingDir: '/',
    outdir: '/',
    write: false,
    metafile: true,
    logLevel: 'silent',
    plugins: [ownPlaces],
  })
  const [map, code] = outputFiles.map(({ text }) => text)
  const bundled = Object.keys(metafile.inputs).filter((input) => input !== '<stdin>')
  process.stdout.write(JSON.stringify({ code, map, inputs: [...new Set(bundled.map(inputOf))] }))
}

/** The modules that are lent are evaluated when somebody asks for them. */
function stub(file, ours) {
  const lend = `exports.lent = { get '${lent}'() { return require('${lent}') } }`
  return `${ours ? lend : ''}\nexports.entry = require(${JSON.stringify(file)})`
}

/** Of a package its package.json, which is another when the package is: there may be hundreds of files in it. */
function inputOf(bundled) {
  const [, inPackage] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(`/${bundled}`) ?? []
  return inPackage ? `${inPackage}/package.json` : `/${bundled}`
}

/** In a bundle, too, `__dirname` and `__filename` are those of each source. */
const ownPlaces = {
  name: 'own places',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8')
      if (!/\b__(dirname|filename)\b/.test(text)) return undefined
      const [folder, own] = [path.dirname(file), file].map((place) => JSON.stringify(place))
      return { contents: `const __dirname = ${folder}, __filename = ${own};${text}`, loader: 'ts' }
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
