import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setting } from '@blacksmith/config/header'
import type { Launcher } from '@blacksmith/launch'
import { CardBox } from '../../../devices/src/testing/card-box'
import { useOnlyGiven } from './given-devices'

const before = { ...process.env }
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blacksmith-given-'))
  const cards = new CardBox(folder).add(0, '0000:41:00.0').add(1, '0000:02:00.0')
  Object.assign(process.env, cards.env, { BLACKSMITH_LEASE_DIR: join(folder, 'leases') })
})
afterEach(() => {
  process.env = { ...before }
  rmSync(folder, { recursive: true })
})

const given = (numbers: number[] | undefined) => ({ given: async () => numbers }) as unknown as Launcher

test('a job leases out of the cards that it was given, and of all where nothing is said of them', async () => {
  await useOnlyGiven('tt', given(undefined))
  expect(setting('BLACKSMITH_DEVICE')).toEqual([])
  await useOnlyGiven('tt', given([1]))
  expect(setting('BLACKSMITH_DEVICE')).toEqual(['0000:02:00.0'])
})

test('none of the cards is one that the job was given: it does not get another one', async () => {
  await expect(useOnlyGiven('tt', given([7]))).rejects.toThrow(/given tt 7, and of .* none of them is that/)
})
