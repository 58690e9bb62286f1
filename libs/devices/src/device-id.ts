/**
 * The id that people know a device by (`cpu0`, a PCI address, a GPU's UUID) of a name under which it is leased. Those
 * begin with the kind: `cpu-0`, `tt-0000:02:00.0`, `gpu-GPU-…`. A board of several devices, which is leased as one, has
 * the id of its first.
 */
export function deviceIdOf(leaseName: string): string {
  const [, kind = '', rest = leaseName] = leaseName.match(/^(cpu|gpu|tt)-(.+)$/) ?? []
  return kind === 'cpu' ? `cpu${rest}` : rest
}
