const { existsSync, readFileSync, statSync } = require('node:fs')
const path = require('node:path')

/** The workspace's node_modules: around this package where it is installed, beside the sources in our own repository. */
const folder = __dirname.includes(`${path.sep}node_modules${path.sep}`)
  ? path.join(__dirname.split(`${path.sep}node_modules${path.sep}`)[0] ?? '', 'node_modules')
  : path.resolve(__dirname, '../../node_modules')

/** What npm, pnpm and the versions of Yarn write when they install something. */
const records = ['.package-lock.json', '.modules.yaml', '.yarn-state.yml', '.yarn-integrity']
  .map((name) => path.join(folder, name))
  .filter((file) => existsSync(file))

/** Where bundles are kept. */
exports.cacheFolder = path.join(folder, '.cache', 'blacksmith')

/** Files that change whenever a package does. */
exports.installRecords = records

/** What is installed, as these files say. */
exports.installedPackages = () => records.map((file) => readFileSync(file, 'utf8')).join('')

/** Whether a file is a source of ours, also where our packages are installed; other packages are Node's to read. */
exports.isOurs = (file) => !file.includes('/node_modules/') || file.includes('/node_modules/@blacksmith/')

/** The file that a path without its ending means: a source in our repository, compiled in an installed package. */
exports.sourceOf = (file) =>
  ['.ts', '.js'].map((ending) => file + ending).find((each) => statSync(each, { throwIfNoEntry: false })) ??
  file
