/** Names in an artifact's top folder that are the store's own, or are put beside it in dist/. */
export const manifestName = 'manifest.json'
export const provenanceName = 'provenance.json'
/** What dist/ may hold beside an artifact: the judgement and the report, which are in no key. */
export const besideNames: readonly string[] = ['results.json', 'report.html', 'checksums.json']

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unusual = /[\u0000-\u001f\u007f\\\ufffd]/

/** What is wrong with the name of a file or folder; undefined when nothing is. */
export function faultOfName(name: string): string | undefined {
  if (!unusual.test(name)) return undefined
  if (name.includes('\\')) return 'its name holds a backslash'
  if (name.includes('\ufffd')) return 'its name is not valid UTF-8'
  return 'its name holds a control character'
}

/** What is wrong with a relative path of a file in an artifact; undefined when nothing is. */
export function faultOfPath(path: string): string | undefined {
  if (path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'its path is not a plain relative path'
  }
  return faultOfName(path)
}
