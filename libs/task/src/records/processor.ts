import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** The kind of a processor, by which floating-point results may differ: libraries choose their kernels by it. */
export interface Processor {
  model: string
  /** Those extensions of its instruction set that numerical libraries look for. */
  features: string[]
}

const numerical = /^(sse4_[12]|avx\w*|fma|f16c|amx_\w+|asimd\w*|sve\w*|bf16|i8mm|fphp)$/

/** This machine's. On one kind of processor a run's bytes do not depend on where it was interrupted. */
export function processor(cpuinfo = '/proc/cpuinfo'): Processor {
  return { model: cpus()[0]?.model ?? 'unknown', features: featuresIn(cpuinfo) }
}

function featuresIn(cpuinfo: string): string[] {
  try {
    const words = readFileSync(cpuinfo, 'utf8').match(/^(?:flags|Features)\s*:\s*(.*)$/m)?.[1] ?? ''
    return words
      .split(' ')
      .filter((word) => numerical.test(word))
      .sort()
  } catch {
    // Not Linux, or no /proc: the model has to do.
    return []
  }
}
