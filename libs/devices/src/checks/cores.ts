import { plural, shareOfCores } from '../cpu-share'
import { type Check, ok, warning } from './check'

const name = 'cores'

/**
 * @param usable how many cores this process may use, which a quota limits too
 * @param quota CPUs' worth of time that control groups leave it; null without a limit
 */
export function checkCores(usable: number, quota: number | null): Check {
  const cores = `${usable} core${plural(usable)} may be used`
  if (quota === null || quota > usable) return ok(name, cores)
  const limited = `${cores}, for ${shareOfCores(quota)}`
  if (quota === usable) return ok(name, limited)
  return warning(
    name,
    limited,
    'raise the quota (`docker run --cpus`, `limits.cpu` of Kubernetes, `CPUQuota=` of systemd): until then threads wait for each other',
  )
}
