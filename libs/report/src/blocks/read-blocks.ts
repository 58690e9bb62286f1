import { join } from 'node:path'
import { readRunFile } from '@blacksmith/protocol'
import { type Block, block, blocksFile } from './schema'

/** The name of the file in a target's output that holds an experiment's own parts of the report. */
export const blocksFileName = 'report.json'

/** More than a page can show. */
const mostBytes = 64 << 20

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
    const result = block.safeParse(each)
    if (result.success) read.blocks.push(result.data)
    else read.problems.push(...problemsOf(result.error.issues, ['blocks', index]))
  })
  return read
}

function problemsOf(issues: { path: PropertyKey[]; message: string }[], base: PropertyKey[]): string[] {
  return issues.map(
    ({ path, message }) => `${blocksFileName}: ${[...base, ...path].join('.') || 'the file'}: ${message}`,
  )
}
