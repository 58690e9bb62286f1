import { join } from 'node:path'
import { httpRemotes } from '../remotes/http-remote'
import type { Remote } from '../remotes/remote'
import type { OpenRemote } from '../remotes/remotes'
import { s3Remotes } from '../remotes/s3-remote'
import { SharedStore } from '../remotes/shared-store'
import type { Patience } from '../remotes/web-client'
import { Store } from '../store'
import type { Dialect, ObjectServer } from './object-server'

/** For tests of servers that do not answer; long enough for one that does, on a busy machine. */
export const impatience: Patience = { answer: 3000, stored: 3000 }

/** By which address a server of tests is a remote. */
export function addressOf({ dialect, origin }: ObjectServer): string {
  return dialect === 's3' ? 's3://cache' : `${origin}/cache`
}

/** What is in the environment of somebody who may write to a server of tests, or only read. */
export function variablesFor({ dialect, origin }: ObjectServer, who: string): Record<string, string> {
  if (dialect === 'plain') return { BLACKSMITH_REMOTE_TOKEN: who }
  return {
    AWS_ACCESS_KEY_ID: who,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: origin,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
}

/** A machine with a store of its own that shares through a server. */
export function machineOn(
  server: { dialect: Dialect },
  address: string,
  home: string,
  { scope = 'trusted', patience }: { scope?: string; patience?: Patience } = {},
) {
  const warnings: string[] = []
  const store = new Store(join(home, 'store'), { warn: (line) => warnings.push(line) })
  const open = (server.dialect === 's3' ? s3Remotes : httpRemotes)(address, patience)
  const write = open(scope)
  const read = scope === 'trusted' ? [write] : [open('trusted'), write]
  const below = (of: Remote, name: string) => open(`${of === write ? scope : 'trusted'}/${name}`)
  const remote: OpenRemote = { name: address, scope, write, read, below, whyUnsigned: () => undefined }
  return { store, shared: new SharedStore(store, remote), warnings }
}
