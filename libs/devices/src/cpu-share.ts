/** @param quota CPUs' worth of time that control groups leave this process */
export function shareOfCores(quota: number): string {
  const rounded = Number(quota.toPrecision(3))
  return `the time of ${rounded} core${plural(rounded)}, the CPU quota of its control group`
}

export const plural = (count: number) => (count === 1 ? '' : 's')
