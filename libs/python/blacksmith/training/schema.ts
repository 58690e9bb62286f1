import { role, z } from '@blacksmith/config'

/** Where batches come from. Both ways give the same bytes, so it is in no key. */
export const loading = role('reporting', z.enum(['resident', 'streamed']))
  .default('resident')
  .describe('The whole data set on the device, or read batch by batch where it does not fit')
