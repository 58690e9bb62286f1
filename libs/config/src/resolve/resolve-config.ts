import type { Header } from '../header/header'
import type { Placement } from '../header/place'
import type { ResolvedConfig } from './resolved-config'
export interface ResolveOptions {
  workspaceRoot: string
  header: Header
  placement: Placement
  /** The name of a configs/*.yaml; none, or `default`, for the experiment as it stands. */
  configuration?: string | undefined
  /** `a.b=value` of each --set flag. */
  set: readonly string[]
}
export async function resolveConfig(_options: ResolveOptions): Promise<ResolvedConfig> {
  throw new Error('follows in the next commit')
}
