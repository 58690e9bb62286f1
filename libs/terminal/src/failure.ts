import { plainLine, plainLines } from '@blacksmith/text'

/** What a trainer's `failed` event says, or what is known when it died without one. */
export interface Failure {
  /** The target, as people call it: `lightning-mnist:train`. */
  label?: string
  kind: string
  message: string
  remedy?: string
  traceback?: string
}

const kinds: Record<string, string> = {
  'bad-input': 'bad input',
  nan: 'the loss is no longer a number',
  stopped: 'stopped',
  'out-of-memory': 'out of memory',
  'disk-full': 'the disk is full',
  error: 'failed',
}

/**
 * One line that says what failed and why, one with what to do, and then the whole traceback. The lines that people
 * need stand first, since a traceback can be longer than a screen.
 */
export function formatFailure(failure: Failure): string {
  const kind = kinds[failure.kind] ?? plainLine(failure.kind)
  const [first = '', ...more] = plainLines(failure.message)
  const said = plainLine(first)
  const head = [
    failure.label === undefined ? '' : plainLine(failure.label),
    said.startsWith(kind) ? '' : kind,
    said,
  ].filter(Boolean)
  const lines = [head.join(': '), ...more.filter(Boolean).map((line) => `  ${line}`)]
  if (failure.remedy) lines.push(`  ${plainLine(failure.remedy)}`)
  const traceback = plainLines(failure.traceback ?? '')
  while (traceback.length > 0 && traceback.at(-1) === '') traceback.pop()
  if (traceback.length > 0) lines.push('', ...traceback)
  return lines.join('\n')
}
