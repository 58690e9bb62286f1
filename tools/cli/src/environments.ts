import type { Check } from '@blacksmith/devices/checks'
import type { StoredEnvironment } from '@blacksmith/store/upkeep'
import { formatBytes, textTable } from '@blacksmith/text'

/** What the doctor says of the Python environments of a store. */
export function environmentsCheck(found: readonly StoredEnvironment[]): Check {
  const name = 'environments'
  const halves = found.filter(({ whole }) => !whole)
  const detail = found.length === 0 ? 'none is made yet' : `${found.length}, of ${sizeOf(found)}`
  if (halves.length === 0) return { name, state: 'ok', detail, remedy: null }
  return {
    name,
    state: 'warning',
    detail: `${detail}; half made: ${halves.map((half) => half.path).join(', ')}`,
    remedy:
      'they are in nobody’s way unless a run is making them; `npx blacksmith store gc` takes away the rest',
  }
}

/** How many environments stand beside the runs of a store; undefined where there is none. */
export function environmentsLine(found: readonly StoredEnvironment[]): string | undefined {
  if (found.length === 0) return undefined
  const what = found.length === 1 ? '1 Python environment' : `${found.length} Python environments`
  return `beside them ${what}, ${sizeOf(found)}: see \`npx blacksmith environment\``
}

/** All environments of a store, the last used first. */
export function environmentsTable(found: readonly StoredEnvironment[], now = Date.now()): string {
  if (found.length === 0) return 'No Python environment is made yet.'
  const day = 24 * 3600 * 1000
  const rows = [...found]
    .sort((a, b) => b.used - a.used)
    .map(({ name, path, bytes, used, whole }) => {
      const days = Math.max(0, Math.floor((now - used) / day))
      const when = days === 0 ? 'today' : days === 1 ? 'a day ago' : `${days} days ago`
      return [name, formatBytes(bytes), whole ? when : 'half made', path]
    })
  return textTable(
    ['environment', 'size', 'last used', 'where'].map((heading) => ({ heading })),
    rows,
  )
}

function sizeOf(found: readonly StoredEnvironment[]): string {
  return formatBytes(found.reduce((sum, { bytes }) => sum + bytes, 0))
}
