import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setting } from '@blacksmith/config/header'

/** The header by which a server knows us: the token that is set, else what stands for it in netrc, as curl has it. */
export function credentialsFor(
  address: string,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const token = setting('BLACKSMITH_REMOTE_TOKEN', env)
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  const login = loginIn(netrcOf(env), new URL(address).hostname)
  return login ? { authorization: `Basic ${Buffer.from(login.join(':')).toString('base64')}` } : {}
}

function netrcOf(env: NodeJS.ProcessEnv): string {
  try {
    return readFileSync(env.NETRC ?? join(env.HOME ?? homedir(), '.netrc'), 'utf8')
  } catch {
    return ''
  }
}

/** Words in any number of lines: `machine <name> login <name> password <word>`, or `default` for all others. */
function loginIn(netrc: string, host: string): [login: string, password: string] | undefined {
  const words = netrc.replace(/^\s*(#.*|macdef [\s\S]*?\n\s*\n)/gm, '').split(/\s+/)
  const entries: { host?: string; login?: string; password?: string }[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === 'machine') entries.push({ host: words[++at] ?? '' })
    else if (word === 'default') entries.push({})
    else if (word === 'login' || word === 'password')
      Object.assign(entries.at(-1) ?? {}, { [word]: words[++at] })
  }
  const found = entries.find((entry) => entry.host === host || entry.host === undefined)
  return found?.login !== undefined && found.password !== undefined
    ? [found.login, found.password]
    : undefined
}
