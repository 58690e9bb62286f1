import type { Workspace } from './workspace'

/** An interpreter that is already there: the tiny experiment needs no packages. */
export const plainPython = { BLACKSMITH_PYTHON: process.env.BARE_PYTHON }

/** Adds an experiment, `plain-tiny`, whose training needs nothing but Python and takes a moment. */
export function addTinyExperiment(workspace: Workspace): void {
  for (const [path, text] of Object.entries(files)) workspace.write(path, text)
}

const python = 'libs/python/blacksmith'
const files = {
  'libs/python/requirements/plain.txt': '',
  [`${python}/datasets/counts/__init__.py`]: '',
  [`${python}/datasets/counts/schema.ts`]: `import { z } from '@blacksmith/config'

export const counts = z.object({ size: z.int().min(1).default(4) })
`,
  [`${python}/datasets/counts/prepare.py`]: `def prepare(ctx):
    (ctx.output / "counts.txt").write_text("\\n".join(str(n) for n in range(ctx.config.dataset.size)))
`,
  [`${python}/models/plain/__init__.py`]: '',
  [`${python}/models/plain/sum/schema.ts`]: `import { z } from '@blacksmith/config'

export const sum = z.object({ start: z.number().default(0) })
`,
  [`${python}/models/plain/sum/__init__.py`]: 'def add(total, count):\n    return total + count\n',
  'experiments/plain/tiny/experiment.yaml': `description: Adds up counts
dataset: { name: counts, size: 4 }
model: { name: sum }
devices: [cpu]
training: { epochs: 1 }
acceptance: { total: { at_least: 6 } }
`,
  'experiments/plain/tiny/config.ts': `import { defineExperiment, role, z } from '@blacksmith/config'
import { counts } from '../../../libs/python/blacksmith/datasets/counts/schema'
import { sum } from '../../../libs/python/blacksmith/models/plain/sum/schema'

export default defineExperiment({
  dataset: counts,
  model: sum,
  training: z.object({ epochs: role('horizon', z.int().min(1).default(1)) }),
})
`,
  'experiments/plain/tiny/recipe.py': `import struct

from blacksmith.models.plain.sum import add
from blacksmith.training.tensorfile import Raw, read_tensors, write_tensors


def train(ctx):
    total = ctx.config.model.start
    for epoch in range(ctx.config.training.epochs):
        for count in (ctx.data / "counts.txt").read_text().split():
            total = add(total, int(count))
        ctx.log({"total": total}, epoch + 1)
    value = memoryview(struct.pack("<d", total))
    write_tensors(ctx.output / "model.safetensors", {"total": Raw("F64", (), value)})


def evaluate(ctx):
    return {"total": struct.unpack("<d", bytes(read_tensors(ctx.model)["total"].data))[0]}
`,
}
