import type { Sweep } from '@blacksmith/config'
import { formatCount, formatDuration } from '@blacksmith/text'
import type { Asked } from './sampler/sampler'
import { batches, median } from './schedule'
import { overrides } from './trials/overrides'
import type { Trainer } from './trials/train'

/**
 * What a sweep will do, before it does it. How many of its trainings are in the store is known beforehand where no trial
 * depends on another.
 *
 * @param asked all its trials, where they are known
 * @param atOnce how many trainings run at once
 */
export async function announcement(
  sweep: Sweep,
  of: number,
  asked: readonly Asked[] | undefined,
  trainer: Trainer,
  atOnce: number,
): Promise<string> {
  const repeats = sweep.repeats?.values ?? [undefined]
  const trials = `${formatCount(of)} trial${of === 1 ? '' : 's'}`
  if (asked === undefined || sweep.schedule) {
    const [first] = batches(sweep, of)
    const chosen = first && first.size < of ? `, chosen ${first.size} at a time` : ''
    return `${trials}${chosen}; what is in the store is not trained again`
  }
  const seconds: number[] = []
  for (const { parameters } of asked)
    for (const repeat of repeats) {
      const set = {
        ...parameters,
        ...(sweep.repeats && repeat !== undefined ? { [sweep.repeats.parameter]: repeat } : {}),
      }
      const { stored } = await trainer.plan(overrides(set))
      if (stored) seconds.push(stored.provenance.seconds)
    }
  const all = asked.length * repeats.length
  const left = all - seconds.length
  const each = seconds.length > 0 ? median(seconds) : await trainer.usualSeconds()
  const time =
    each === undefined || left === 0
      ? ''
      : `, about ${formatDuration((left * each) / Math.min(atOnce, left))}`
  return `${trials}: ${formatCount(seconds.length)} of ${formatCount(all)} trainings are in the store, ${formatCount(left)} to train${time}`
}
