import { deviceKinds } from '@blacksmith/config/header'

/**
 * The id that people know a device by (`cpu0`, a PCI address, a GPU's UUID) of a name under which it is leased. Those
 * begin with the kind: `cpu-0`, `tt-0000:02:00.0`, `gpu-GPU-…`. A board of several devices, which is leased as one, has
 * the id of its first.
 */
export function deviceIdOf(leaseName: string): string {
  const kind = deviceKinds.find((each) => leaseName.startsWith(`${each}-`))
  if (kind === undefined) return leaseName
  const rest = leaseName.slice(kind.length + 1)
  return kind === 'cpu' ? `cpu${rest}` : rest
}
