import { join } from 'node:path'
import { checkTenstorrent } from '../checks/tenstorrent'
import type { Kind } from './kind'
import { namesIn } from './names-in'

export const tt: Kind = {
  // tt-kmd 2.6 puts by-id/ beside the numbered nodes, so only all-digit names are cards.
  isPresent: (dev) => namesIn(join(dev, 'tenstorrent')).some((name) => /^\d+$/.test(name)),
  opens: (node) => /^(tenstorrent|hugepages)/.test(node),
  // Full lower-case addresses: layers of the stack disagree on what an integer counts (tt-xla#5521).
  shown: (ids) => ({ TT_VISIBLE_DEVICES: ids.map((id) => id.toLowerCase()).join(',') }),
  // Empty means none to tt-umd.
  hidden: { TT_VISIBLE_DEVICES: '' },
  folders: ['TT_METAL_RUNTIME_ROOT', 'TT_PJRT_PLUGIN_DIR'],
  numbers: (ids) => [...ids],
  checks: checkTenstorrent,
}
