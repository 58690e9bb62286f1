import { type NamedRemote, UserError } from '@blacksmith/config/header'
import { folderRemote } from './folder-remote'
import type { Remote } from './remote'

/** A remote as somebody may use it: the scope that they write to, and those that they read, in order. */
export interface OpenRemote {
  /** By which people know it. */
  name: string
  /** The one that is written to. */
  scope: string
  write: Remote
  read: readonly Remote[]
}

/** What builds of protected branches write: all read it. */
export const trusted = 'trusted'

type Open = (address: string, scope: string) => Remote

/** By the scheme of an address; a path has none. */
const schemes: Record<string, Open> = { '': folderRemote }

/**
 * Opens a remote. Nothing of it is looked at.
 *
 * @param o.scope who writes `pr-<number>` reads `trusted` too; who writes `trusted` reads nothing else
 * @throws UserError for an address of a kind that cannot be opened
 */
export function openRemote({ address, scope }: NamedRemote): OpenRemote {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address) ?? []
  const open = schemes[scheme.toLowerCase()]
  if (!open) {
    throw new UserError({
      field: 'BLACKSMITH_REMOTE',
      message: `names ${address}, and what starts with ${scheme}:// cannot be a remote`,
      remedy: 'name a folder that machines share (in the variable, or as the option "remote" in nx.json)',
    })
  }
  const write = open(address, scope)
  const read = scope === trusted ? [write] : [open(address, trusted), write]
  return { name: address, scope, write, read }
}
