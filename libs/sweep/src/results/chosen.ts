import type { Sweep } from '@blacksmith/config'
import type { Parameters } from '../sampler/sampler'
import { finalRung, type Trial } from '../trials/trial'

/** All that a trial sets: what was chosen, how long it trained, and of repeats the first. */
export function chosen({ schedule, repeats }: Sweep, trial: Trial): Parameters {
  const horizon = finalRung(trial)?.horizon
  const [first] = repeats?.values ?? []
  return {
    ...trial.parameters,
    ...(schedule && typeof horizon === 'number' ? { [schedule.parameter]: horizon } : {}),
    ...(repeats && first !== undefined ? { [repeats.parameter]: first } : {}),
  }
}
