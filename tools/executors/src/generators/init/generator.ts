import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pluginName, UserError } from '@blacksmith/config/header'
import standardModules from '@blacksmith/identity/standard-modules'
import {
  addDependenciesToPackageJson,
  type GeneratorCallback,
  type NxJsonConfiguration,
  readJson,
  readNxJson,
  type Tree,
  updateNxJson,
} from '@nx/devkit'
import { checkPackageName } from '../names'

export interface InitOptions {
  package?: string
  keepExistingVersions?: boolean
}

/** What a workspace installs beside the plugin: the command, what config.ts imports, the Python that runs recipes. */
const companions = ['@blacksmith/cli', '@blacksmith/config', '@blacksmith/python']
const ignored = ['dist/', '.nx/', '__pycache__/', '/schemas/', 'parameters.pyi', '.env.local']

/** Sets a workspace up: the plugin with its options, a Python package, the packages that go with the plugin. */
export default function initGenerator(tree: Tree, options: InitOptions): GeneratorCallback {
  const nxJson = readNxJson(tree) ?? {}
  const plugin = (nxJson.plugins ?? []).find((each) => nameOf(each) === pluginName)
  const named = plugin && typeof plugin !== 'string' ? packagesOf(plugin.options) : undefined
  if (named) refuseAnother(named, options.package)
  const packages = named ?? [`python/${packageName(tree, options.package)}`]
  updateNxJson(tree, withPlugin(nxJson, packages))
  for (const folder of packages) writePackage(tree, folder)
  ignore(tree)
  return addDependenciesToPackageJson(tree, {}, missingCompanions(tree))
}

type Plugin = NonNullable<NxJsonConfiguration['plugins']>[number]

function nameOf(plugin: Plugin): string {
  return typeof plugin === 'string' ? plugin : plugin.plugin
}

function packagesOf(options: unknown): string[] | undefined {
  return (options as { packages?: string[] } | undefined)?.packages
}

/** What is there stays: one more package is added by hand, since the order says which is searched first. */
function refuseAnother(packages: readonly string[], given: string | undefined): void {
  if (given === undefined || packages.some((folder) => basename(folder) === given)) return
  throw new UserError({
    flag: '--package',
    message: `nx.json names ${packages.join(', ')} already`,
    remedy: `leave the flag out, or add python/${given} to the packages in nx.json and init again`,
  })
}

/** Libraries that recipes import: a package of that name would stand for them. */
const libraries = [
  'blacksmith',
  'torch',
  'lightning',
  'jax',
  'flax',
  'optax',
  'numpy',
  'transformers',
  'peft',
]

/** @throws UserError for a name that Python cannot import, and for one that means something else to recipes */
function packageName(tree: Tree, given: string | undefined): string {
  const name = checkPackageName(given ?? basename(tree.root).toLowerCase().replace(/\W+/g, '_'), '--package')
  if (![...libraries, ...standardModules].includes(name)) return name
  throw new UserError({
    flag: '--package',
    message: `${name} is imported as something else: a package of yours would stand for it`,
    remedy: 'name it after your team or your project',
  })
}

/** The plugin at the place where it stands, or last. A live line needs the terminal that Nx's own screen would take. */
function withPlugin(nxJson: NxJsonConfiguration, packages: string[]): NxJsonConfiguration {
  const plugins = nxJson.plugins ?? []
  const at = plugins.findIndex((each) => nameOf(each) === pluginName)
  const before = plugins[at]
  const options = typeof before === 'object' ? (before.options as object | undefined) : undefined
  const entry = { plugin: pluginName, options: { ...options, packages } }
  return {
    tui: { enabled: false },
    ...nxJson,
    plugins: at < 0 ? [...plugins, entry] : plugins.with(at, entry),
  }
}

function writePackage(tree: Tree, folder: string): void {
  for (const inside of ['', 'datasets/', 'models/']) {
    const file = `${folder}/${inside}__init__.py`
    if (!tree.exists(file)) tree.write(file, '')
  }
}

function ignore(tree: Tree): void {
  const before = tree.exists('.gitignore') ? (tree.read('.gitignore', 'utf8') ?? '') : ''
  const bare = (line: string) => line.trim().replace(/^\/|\/$/g, '')
  const lines = before.split('\n').map(bare)
  const missing = ignored.filter((each) => !lines.includes(bare(each)))
  if (missing.length === 0) return
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  tree.write('.gitignore', `${before}${gap}${missing.join('\n')}\n`)
}

function missingCompanions(tree: Tree): Record<string, string> {
  const { dependencies, devDependencies } = readJson(tree, 'package.json') as {
    dependencies?: Record<string, string>
    devDependencies?: Record<string, string>
  }
  const there = { ...dependencies, ...devDependencies }
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {
    version: string
  }
  return Object.fromEntries(companions.filter((name) => !there[name]).map((name) => [name, version]))
}
