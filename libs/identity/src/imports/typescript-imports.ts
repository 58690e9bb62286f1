import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A path that an import or an export names, or a call of require or import. */
const relativePath = /(?:\bfrom|\bimport|\brequire\()\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g

/** In the order in which the loader tries them. */
const endings = ['.tsx', '.ts', '.jsx', '.js', '.json']

/** The files that a TypeScript file imports by relative paths, absolute; what is not there is the compiler's to say. */
export function typescriptImports(file: string): string[] {
  const text = readIfFile(file)
  if (text === undefined) return []
  const named = [...text.matchAll(relativePath)].map(([, , path = '']) => join(dirname(file), path))
  return named.flatMap((base) => {
    // Where modules are those of ECMAScript, TypeScript is imported by the name that it is compiled to.
    const source = base.replace(/\.([cm]?)js(x?)$/, '.$1ts$2')
    const asFile = endings.map((ending) => `${base}${ending}`)
    const asFolder = endings.map((ending) => join(base, `index${ending}`))
    const found = [base, source, ...asFile, ...asFolder].find(isFile)
    return found === undefined ? [] : [found]
  })
}

/**
 * All that a TypeScript file imports so, directly or not.
 *
 * @param known what files import, of those that have been read at this moment
 */
export function typescriptClosure(file: string, known: Map<string, string[]>): string[] {
  const importsOf = (each: string) => {
    const imports = known.get(each) ?? typescriptImports(each)
    known.set(each, imports)
    return imports
  }
  const reached = new Set<string>()
  const waiting = [...importsOf(file)]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    waiting.push(...importsOf(next))
  }
  return [...reached]
}

function readIfFile(file: string): string | undefined {
  return isFile(file) ? readFileSync(file, 'utf8') : undefined
}

/** To open a FIFO would be to wait for whoever writes into it. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
