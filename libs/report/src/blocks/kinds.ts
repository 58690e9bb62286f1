import type { BlockKind, Titled } from './block-kind'
import { animation } from './kinds/animation'
import { frames } from './kinds/frames'
import { images } from './kinds/images'
import { matrix } from './kinds/matrix'
import { table } from './kinds/table'

/** The parts of a report that an experiment can make itself, by the word that report.json has for each. */
export const blockKinds: ReadonlyMap<string, BlockKind> = new Map(
  Object.entries({ images, frames, animation, table, matrix } as unknown as Record<
    string,
    BlockKind<Titled>
  >),
)
