import { Refused, Unusable } from './remote'
import { Passing } from './retries'

/** What was asked for. */
export type Deed = 'read' | 'write' | 'remove'

export interface Answered {
  statusCode: number
  headers: Record<string, string | string[] | undefined>
}

/**
 * What an answer means that gives nothing.
 *
 * @param detail what the server adds
 */
export function refusal({ statusCode, headers }: Answered, deed: Deed, detail?: string): Unusable {
  const status = detail === undefined ? `${statusCode}` : `${statusCode} ${detail}`
  if (statusCode === 401) return new Unusable(`does not know who you are (${status})`)
  if (statusCode === 403) return new Refused(`does not let you ${deed} (${status})`)
  if (statusCode === 507) return new Refused(`is full (${status})`)
  if (statusCode === 413) return new Refused(`takes no file of this size (${status})`)
  if (statusCode >= 300 && statusCode < 400) return new Unusable(elsewhere(headers.location, status))
  if (deed !== 'read' && [404, 405, 409, 501].includes(statusCode))
    return new Refused(`lets nobody ${deed} there (${status})`)
  const message = `answers with status ${status}`
  return [408, 425, 429, 500, 502, 503, 504].includes(statusCode)
    ? new Passing(message, waitOf(headers['retry-after']))
    : new Unusable(message)
}

/** Not followed: the token and the results would go where nobody has named. */
function elsewhere(location: string | string[] | undefined, status: string): string {
  return location === undefined
    ? `is elsewhere (${status})`
    : `is elsewhere (${status}): name ${String(location)} if that is meant`
}

function waitOf(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header)
  return seconds > 0 ? seconds * 1000 : undefined
}
