import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { releasedFiles } from './released-files'
import { type PackageJson, releasedManifest } from './released-manifest'

const root = resolve(__dirname, '../..')
/** The Python distribution travels as a package of its own, which npm puts where a workspace looks for it. */
const python = 'libs/python'

/**
 * Makes the npm packages of a release: compiled TypeScript with its types, Python as it is, native code as source and
 * as built on this machine. `npm run pack -- <folder>`; the folder gets a tarball for each.
 *
 * @returns paths of the tarballs
 */
export function pack(into: string): string[] {
  const staging = mkdtempSync(join(tmpdir(), 'blacksmith-pack-'))
  try {
    compile(staging)
    const { workspaces } = readJson(root) as PackageJson & { workspaces: string[] }
    const folders = [...workspaces, python]
    for (const folder of folders) stage(folder, staging)
    addNativeBuild(join(staging, 'native'))
    mkdirSync(into, { recursive: true })
    const listed = execFileSync(
      'npm',
      ['pack', '--json', '--pack-destination', resolve(into), ...folders.map((folder) => `./${folder}`)],
      { cwd: staging, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    )
    return (JSON.parse(listed) as { filename: string }[]).map(({ filename }) => join(resolve(into), filename))
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function compile(staging: string): void {
  const compiler = join(root, 'node_modules/.bin/tsc')
  execFileSync(compiler, ['-p', join(root, 'tsconfig.release.json'), '--outDir', staging], {
    stdio: 'inherit',
  })
}

/** What is compiled is there already; the rest is copied beside it. */
function stage(folder: string, staging: string): void {
  for (const file of releasedFiles(join(root, folder))) {
    const target = join(staging, folder, file)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(root, folder, file), target)
  }
  cpSync(join(root, 'LICENSE'), join(staging, folder, 'LICENSE'))
  const released = releasedManifest(folder === python ? pythonManifest() : readJson(join(root, folder)))
  writeFileSync(join(staging, folder, 'package.json'), `${JSON.stringify(released, null, 2)}\n`)
}

/** Not a file of the folder: Nx would take the whole of it for one project. */
function pythonManifest(): PackageJson {
  const { version, dependencies } = readJson(root)
  return {
    name: '@blacksmith/python',
    version,
    description: 'The Python of Blacksmith: what runs recipes, data sets and models, pinned requirements.',
    // The data that come along are in the root's dependencies.
    dependencies: { ...dependencies, '@blacksmith/config': version },
  }
}

function addNativeBuild(native: string): void {
  const folder = join(native, 'prebuilds', `${process.platform}-${process.arch}`)
  mkdirSync(folder, { recursive: true })
  for (const name of ['blacksmith.node', 'blacksmith-supervise', 'libblacksmith-supervise.so']) {
    const built = join(root, 'native/build', name)
    if (!existsSync(built)) throw new Error(`${built} is not there: build it with node native/build.cjs`)
    cpSync(built, join(folder, name))
  }
}

function readJson(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson
}
