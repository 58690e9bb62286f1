/** Names in an artifact's top folder that are the store's own, or are put beside it in dist/. */
export const manifestName = 'manifest.json'
export const provenanceName = 'provenance.json'
/** What dist/ may hold beside an artifact: the judgement and the report, which are in no key. */
export const besideNames: readonly string[] = ['results.json', 'report.html']

/** What is wrong with a relative path of a file in an artifact; undefined when nothing is. */
export function faultOfPath(path: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'its name holds a control character'
  if (path.includes('\\')) return 'its name holds a backslash'
  if (path.includes('\ufffd')) return 'its name is not valid UTF-8'
  const segments = path.split('/')
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'its path is not a plain relative path'
  }
  return undefined
}
