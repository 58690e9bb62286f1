import { join } from 'node:path'
import { hint } from '@blacksmith/config/header'
import { readRunFile } from '@blacksmith/protocol'
import { z } from 'zod'
import type { Value } from '../page/html'
import type { Titled } from './block-kind'
import { blockKinds } from './kinds'
import type { ReadPicture } from './picture'

/** The name of the file in a target's output that holds an experiment's own parts of the report. */
export const blocksFileName = 'report.json'

/** What `train` or `evaluate` may leave in its output to be shown in report.html. */
const blocksFile = z.strictObject({ version: z.literal(1), blocks: z.array(z.unknown()) })

/** More than a page can show. */
const mostBytes = 64 << 20

/** A block that can be shown. */
export type Block = Titled & { show(read: ReadPicture): Promise<Value> | Value }

/** The blocks that can be shown, and what is wrong with the others. */
export interface BlocksRead {
  blocks: Block[]
  problems: string[]
}

/** Reads report.json of a folder. A bad block costs itself and not the report; no file means no blocks. */
export async function readBlocks(directory: string): Promise<BlocksRead> {
  const text = await readRunFile(join(directory, blocksFileName), mostBytes)
  if (text === undefined) return { blocks: [], problems: [] }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    return { blocks: [], problems: [`${blocksFileName} is not JSON: ${(error as Error).message}`] }
  }
  const file = blocksFile.safeParse(content)
  if (!file.success) return { blocks: [], problems: problemsOf(file.error.issues, []) }
  const read: BlocksRead = { blocks: [], problems: [] }
  file.data.blocks.forEach((each, index) => {
    const place = ['blocks', index]
    const word = (each as { kind?: unknown } | null)?.kind
    const kind = blockKinds.get(String(word))
    if (kind === undefined) {
      const message = `is no kind of block; ${hint(String(word), [...blockKinds.keys()], 'there are')}`
      read.problems.push(...problemsOf([{ path: ['kind'], message }], place))
      return
    }
    const block = kind.schema.safeParse(each)
    if (!block.success) read.problems.push(...problemsOf(block.error.issues, place))
    else read.blocks.push({ ...block.data, show: (picture) => kind.show(block.data, picture) })
  })
  return read
}

function problemsOf(issues: { path: PropertyKey[]; message: string }[], base: PropertyKey[]): string[] {
  return issues.map(
    ({ path, message }) => `${blocksFileName}: ${[...base, ...path].join('.') || 'the file'}: ${message}`,
  )
}
