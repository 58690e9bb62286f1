/** A span of time for people: `0.4 s`, `42 s`, `3:05`, `2:03:05`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return 'unknown'
  if (seconds < 9.95) return `${(Math.round(seconds * 10) / 10).toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const two = (value: number) => String(value).padStart(2, '0')
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60]
  if (minutes < 60) return `${minutes}:${two(rest)}`
  const hours = Math.floor(minutes / 60)
  if (hours < 72) return `${hours}:${two(minutes % 60)}:${two(rest)}`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** `1 thread`, `2 threads`. */
export function formatThreads(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`
}

/** A speed for people: `12,345 images/s`, `3.2 rays/s`; below one in ten seconds it is turned round: `25 s/step`. */
export function formatRate(perSecond: number, unit: string): string {
  if (!Number.isFinite(perSecond) || perSecond < 0) return `unknown ${unit}/s`
  if (perSecond > 0 && perSecond < 0.1) return `${formatDuration(1 / perSecond)}/${singular(unit)}`
  return `${perSecond < 10 ? formatNumber(perSecond, 2) : formatCount(perSecond)} ${unit}/s`
}

/** An amount of floating-point operations: `453 MFLOP`, `1.24 TFLOP`. */
export function formatOperations(count: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E']
  const rank = count < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  return `${formatNumber(count / 1000 ** rank, 3)} ${units[rank]}FLOP`
}

/** A whole number with thousands separated: `12,345`. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** A measured value with `digits` significant digits: `0.9541`, `12.35`, `1.2e-7`, `NaN`. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e15) return size < 10_000 ? String(value) : formatCount(value)
  if (size < 1e-4 || size >= 1e9) return value.toExponential(digits - 2).replace('e+', 'e')
  if (size >= 10 ** digits) return formatCount(value)
  return String(Number(value.toPrecision(digits)))
}

function singular(unit: string): string {
  return unit.length > 1 && unit.endsWith('s') ? unit.slice(0, -1) : unit
}
