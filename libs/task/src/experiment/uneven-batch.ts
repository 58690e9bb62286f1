import { type Placement, type ResolvedConfig, UserError } from '@blacksmith/config'

/**
 * Refuses a batch that several devices cannot share evenly. `training.batch_size` is that of a step, whatever the number
 * of devices: a learning rate goes on meaning what it means on one.
 *
 * @throws UserError which names where the batch size stands
 */
export function refuseUnevenBatch({ values, origins }: ResolvedConfig, { count }: Placement): void {
  const { batch_size: size } = values.training
  if (typeof size !== 'number' || size % count === 0) return
  const origin = origins['training.batch_size']
  throw new UserError({
    ...(origin?.source === 'flag' ? { flag: origin.flag } : {}),
    ...(origin?.source === 'file' ? { file: origin.file, line: origin.line } : {}),
    field: 'training.batch_size',
    message: `a batch of ${size} cannot be shared evenly by ${count} devices`,
    remedy: `set it to a multiple of ${count}, such as ${Math.ceil(size / count) * count}`,
  })
}
