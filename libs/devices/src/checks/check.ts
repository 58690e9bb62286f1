/** One finding of `blacksmith doctor`. `warning`: works, but not as it should; `fault`: does not work. */
export interface Check {
  name: string
  state: 'ok' | 'warning' | 'fault' | 'absent'
  detail: string
  /** What to do; null when there is nothing to do. */
  remedy: string | null
}

export const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail, remedy: null })

/** Hardware or software that this box does not have, and need not have. */
export const absent = (name: string, detail: string): Check => ({
  name,
  state: 'absent',
  detail,
  remedy: null,
})

export const warning = (name: string, detail: string, remedy: string): Check => ({
  name,
  state: 'warning',
  detail,
  remedy,
})

export const fault = (name: string, detail: string, remedy: string): Check => ({
  name,
  state: 'fault',
  detail,
  remedy,
})
