import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { replaceFile } from '@blacksmith/config/header'
import { z } from 'zod'
import { accessOf, ensureFolder } from '../disk/access'
import { lockInStore } from '../disk/in-use'
import type { Layout } from '../home'

const plainName = z
  .string()
  .regex(/^[\w][\w.-]*$/, 'cannot be used: it may hold letters, digits, dots, dashes and underscores')

const labelsSchema = z.strictObject({
  /** Of one run only; a named run is never collected. */
  name: plainName.optional(),
  tags: z.array(plainName).default([]),
  note: z.string().optional(),
})

/** What people add to a run. It lies beside the artifact: a label changes no digest. */
export type Labels = z.infer<typeof labelsSchema>

/** The labels of a run; none where nobody gave any. */
export async function readLabels(layout: Layout, key: string): Promise<Labels> {
  try {
    return labelsSchema.parse(JSON.parse(await readFile(fileOf(layout, key), 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { tags: [] }
    const remedy = 'remove it; only names, tags and notes of one run are lost'
    throw new UserError(
      { file: fileOf(layout, key), message: 'is not a list of labels', remedy },
      { cause: error },
    )
  }
}

/** Changes the labels of a run, one writer at a time. */
export async function writeLabels(
  layout: Layout,
  key: string,
  change: (labels: Labels) => Promise<Labels>,
): Promise<Labels> {
  const access = await accessOf(layout.home)
  await ensureFolder(layout.labels, access)
  const lock = await lockInStore(layout, join(layout.labels, '.lock'), 'exclusive')
  try {
    const changed = labelsSchema.safeParse(await change(await readLabels(layout, key)), { reportInput: true })
    if (!changed.success) {
      throw new UserError(
        changed.error.issues.map(({ path, message, input }) => ({
          field: String(path[0]),
          message: `${JSON.stringify(input)} ${message}`,
          remedy: 'choose another; a note may hold any text',
        })),
      )
    }
    const labels = { ...changed.data, tags: [...new Set(changed.data.tags)].sort() }
    await replaceFile(fileOf(layout, key), `${JSON.stringify(labels, null, 2)}\n`, {
      durable: true,
      mode: access.file,
    })
    return labels
  } finally {
    lock.close()
  }
}

/** Forgets the labels of a run that is no longer there. */
export async function dropLabels(layout: Layout, key: string): Promise<void> {
  await rm(fileOf(layout, key), { force: true })
}

function fileOf(layout: Layout, key: string): string {
  return join(layout.labels, `${key}.json`)
}
