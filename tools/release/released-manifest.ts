/** What of a package.json is looked at here. */
export interface PackageJson {
  name: string
  version: string
  private?: boolean
  main?: string
  types?: string
  exports?: Record<string, string>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  [field: string]: unknown
}

/** The package.json of a released package: where our sources are TypeScript, it names what they are compiled to. */
export function releasedManifest(manifest: PackageJson): Record<string, unknown> {
  const { private: _private, devDependencies: _dev, main, types, exports, ...kept } = manifest
  return {
    ...kept,
    license: 'Apache-2.0',
    engines: { node: '>=20' },
    ...(main ? { main: compiled(main) } : {}),
    ...(types ? { types: declared(types) } : {}),
    ...(exports ? { exports: exportsOf(exports) } : {}),
  }
}

/** What only tests import is not released. */
function exportsOf(exports: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exports)
      .filter(([name]) => name !== './testing')
      .map(([name, file]) => [
        name,
        file.endsWith('.ts') ? { types: declared(file), default: compiled(file) } : file,
      ]),
  )
}

function compiled(file: string): string {
  return file.replace(/\.ts$/, '.js')
}

function declared(file: string): string {
  return file.replace(/(?<!\.d)\.ts$/, '.d.ts')
}
