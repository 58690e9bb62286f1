import { type BoxSupport, firstAbiWithNetwork, firstAbiWithScopes } from '../box-support'
import { type Check, ok, warning } from './check'

const name = 'box'

/** What keeps a trainer from files, and from a network, that its key does not name. */
export function checkBox({ abi, reason }: BoxSupport): Check {
  if (abi === 0) {
    return warning(
      name,
      `${reason}: only Python's audit hook keeps trainers from files that no key names`,
      "use a kernel from 5.13 on with landlock among its `lsm=`, and allow landlock in the container's filter",
    )
  }
  if (abi < firstAbiWithNetwork)
    return warning(
      name,
      `Landlock ABI ${abi}: files can be closed, the network cannot`,
      'use a kernel from 6.7 on',
    )
  const scopes = 'abstract UNIX sockets and signals'
  return abi < firstAbiWithScopes
    ? ok(name, `Landlock ABI ${abi}: files and TCP can be closed; ${scopes} cannot (Linux 6.12)`)
    : ok(name, `Landlock ABI ${abi}: files, TCP, ${scopes} can be closed`)
}
