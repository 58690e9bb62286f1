import { type InstallerOptions, runInstaller } from './installer'
import type { PackageSource } from './package-sources'

/** pip's own timeout of one answer, in seconds. */
const answerSeconds = 15

/**
 * Asks each place for one package, once and all at the same time: pip itself would ask each of them five times
 * more for every package, before it goes on without.
 *
 * @param name a package that is needed; a place that does not have it has answered too
 * @returns those that do not answer, with what is wrong
 */
export async function unreachable(
  python: string,
  sources: readonly PackageSource[],
  name: string,
  o: InstallerOptions,
): Promise<ReadonlyMap<PackageSource, string>> {
  const found = await Promise.all(
    sources.map(async (source) => [source, await faultOf(python, source, name, o)] as const),
  )
  return new Map(found.flatMap(([source, fault]) => (fault === undefined ? [] : [[source, fault] as const])))
}

async function faultOf(
  python: string,
  { kind, url }: PackageSource,
  name: string,
  o: InstallerOptions,
): Promise<string | undefined> {
  // What drips byte by byte keeps to pip's timeout, and still does not answer.
  const late = AbortSignal.timeout((answerSeconds + 5) * 1000)
  const asked = [
    ...['-I', '-X', 'utf8', '-m', 'pip', 'index', 'versions', name, '-vv'],
    ...['--retries', '0', '--timeout', String(answerSeconds)],
    ...(kind === 'links' ? ['--no-index', '--find-links', url] : url === '' ? [] : ['--index-url', url]),
  ]
  const { lines } = await runInstaller(python, asked, {
    ...o,
    signal: o.signal ? AbortSignal.any([o.signal, late]) : late,
    // Nothing but the one place; pip passes over what is empty, so that a setting would hold.
    variables: { ...o.variables, PIP_EXTRA_INDEX_URL: 'file:///nowhere', PIP_FIND_LINKS: 'file:///nowhere' },
  })
  if (late.aborted) return 'does not answer'
  const failed = lines.find((line) => /Could not fetch URL https?:/.test(line))
  if (failed === undefined || /: 4\d\d Client Error/.test(failed)) return undefined
  return inWords(failed)
}

const meanings: [RegExp, string][] = [
  [/proxy/i, 'is behind a proxy that refuses or does not answer'],
  [/Name or service not known|name resolution|nodename nor servname/i, 'has a name that is not known here'],
  [/Connection refused/i, 'refuses the connection'],
  [/timed out|ConnectTimeout|ReadTimeout/i, `does not answer within ${answerSeconds} s`],
  [/certificate|SSL/i, 'shows a certificate that is not trusted'],
  [/unreachable|No route to host/i, 'lies in a network that cannot be reached'],
  [/too many 5\d\d error|5\d\d Server Error/i, 'answers with an error of its own'],
]

function inWords(line: string): string {
  return meanings.find(([pattern]) => pattern.test(line))?.[1] ?? 'breaks the connection'
}
