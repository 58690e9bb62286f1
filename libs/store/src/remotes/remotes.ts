import { type NamedRemote, UserError } from '@blacksmith/config/header'
import { bucketAddress, serverAddress } from './addresses'
import { folderRemote } from './folder-remote'
import { httpRemotes } from './http-remote'
import type { Remote } from './remote'
import { s3Remotes } from './s3-remote'
import { type Signer, signerOf } from './signing/keys'
import { signedRecords, type Trust } from './signing/signed-records'

/** A remote as somebody may use it: the scope that they write to, and those that they read, in order. */
export interface OpenRemote {
  /** By which people know it. */
  name: string
  /** The one that is written to. */
  scope: string
  write: Remote
  read: readonly Remote[]
  /**
   * A scope below the one that is written to, or read: `checkpoints` say, with records and blobs of its own.
   *
   * @param name lower-case letters, digits and single slashes
   */
  below(scope: Remote, name: string): Remote
  /**
   * Why nobody would believe what is sent; undefined where there is no reason.
   *
   * @throws UserError for a signing key that is none, or that nobody trusts
   */
  whyUnsigned(): string | undefined
}

/** What builds of protected branches write: all read it. */
export const trusted = 'trusted'

/** Opens the scopes of an address, which share their connections. */
type Open = (address: string) => (scope: string) => Remote

/** By the scheme of an address; a path has none. */
const schemes: Record<string, Open> = {
  '': (root) => (scope) => folderRemote(root, scope),
  s3: (address) => s3Remotes(bucketAddress(address)),
  https: (address) => httpRemotes(serverAddress(address)),
  http: (address) => httpRemotes(serverAddress(address)),
}

/**
 * Opens a remote. Nothing of it is looked at.
 *
 * @param o.scope who writes `pr-<number>` reads `trusted` too; who writes `trusted` reads nothing else
 * @throws UserError for an address of a kind that cannot be opened
 */
export function openRemote(named: NamedRemote): OpenRemote {
  const { address, scope } = named
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address) ?? []
  const open = schemes[scheme.toLowerCase()]
  if (!open) {
    throw new UserError({
      field: 'BLACKSMITH_REMOTE',
      message: `names ${address}, and what starts with ${scheme}:// cannot be a remote`,
      remedy: 'name s3://<bucket>/<prefix>, https://<server>/<folder> or a folder that machines share',
    })
  }
  const scopeOf = open(address)
  const trust = trustOf(named)
  const names = new Map<Remote, string>()
  const openScope = (path: string): Remote => {
    const opened = scopeOf(path)
    const remote = path.split('/')[0] === trusted ? signedRecords(opened, path, trust) : opened
    names.set(remote, path)
    return remote
  }
  const write = openScope(scope)
  const read = scope === trusted ? [write] : [openScope(trusted), write]
  return {
    name: (read[0] ?? write).name,
    scope,
    write,
    read,
    below: (of, name) => openScope(`${names.get(of)}/${name}`),
    whyUnsigned: () => (scope === trusted ? whyUnsigned(trust) : undefined),
  }
}

/** The private key is read when something is first signed: who only reads needs none. */
function trustOf({ trustedKeys = [], signingKey }: NamedRemote): Trust {
  let signer: Signer | undefined
  return {
    trustedKeys,
    signer: () => {
      signer ??= signingKey === undefined ? undefined : signerOf(signingKey)
      return signer
    },
  }
}

function whyUnsigned({ trustedKeys, signer }: Trust): string | undefined {
  const by = signer()
  if (trustedKeys.length === 0) return undefined
  if (!by) return 'BLACKSMITH_SIGNING_KEY is not set, and what is not signed is not trusted'
  if (trustedKeys.includes(by.publicKey)) return undefined
  throw new UserError({
    field: 'BLACKSMITH_SIGNING_KEY',
    message: `is the private key of ${by.publicKey}, which is none of the trusted keys`,
    remedy:
      'add that one to the option "trustedKeys" in nx.json, or unset the variable: then nothing is sent',
  })
}
