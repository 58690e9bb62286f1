import { hint, setting, UserError } from '@blacksmith/config'
import { type Cluster, readCluster } from './cluster/cluster'
import type { Launcher } from './launcher'
import { slurm } from './slurm/slurm'

/** Every way to run jobs elsewhere, by the name that BLACKSMITH_LAUNCHER has for it. */
export const launchers: Record<string, (cluster: Cluster) => Launcher> = { slurm }

/** The launcher of a workspace's runs, and the cluster that it reaches. */
export interface Launching {
  /** By which BLACKSMITH_LAUNCHER knows the launcher. */
  name: string
  launcher: Launcher
  cluster: Cluster
}

/**
 * What BLACKSMITH_LAUNCHER names; undefined where runs are made here.
 *
 * @throws UserError for a name that means none, and for a cluster.yaml that cannot be meant
 */
export function launchingFrom(
  workspaceRoot: string,
  env: NodeJS.ProcessEnv = process.env,
): Launching | undefined {
  const name = setting('BLACKSMITH_LAUNCHER', env).trim()
  if (name === 'local') return undefined
  const open = Object.hasOwn(launchers, name) ? launchers[name] : undefined
  if (!open) {
    throw new UserError({
      field: 'BLACKSMITH_LAUNCHER',
      message: `is '${name}', and nothing of that name runs jobs`,
      remedy: hint(name, ['local', ...Object.keys(launchers)], 'there are'),
    })
  }
  const cluster = readCluster(workspaceRoot)
  return { name, launcher: open(cluster), cluster }
}

/** In a job: the launcher that has started it; undefined for one that this installation does not know. */
export function launcherNamed(name: string): Launcher | undefined {
  return launchers[name]?.({ folder: undefined, home: undefined, node: undefined, arguments: [], kinds: {} })
}
