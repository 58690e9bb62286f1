import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ensureJobs } from './jobs-folder'

const root = mkdtempSync(join(tmpdir(), 'blacksmith-jobs-'))
afterAll(() => rmSync(root, { recursive: true }))

const me = userInfo().username
const modeOf = (folder: string) => statSync(folder).mode & 0o777

test("a person's jobs travel in a folder that nobody else can open, named or not", async () => {
  const folder = join(root, 'shared')
  const home = join(root, 'home')
  expect(await ensureJobs({ folder }, home)).toBe(join(folder, me))
  expect(await ensureJobs({ folder: undefined }, home)).toBe(join(home, 'jobs', me))
  expect([modeOf(join(folder, me)), modeOf(join(home, 'jobs', me))]).toEqual([0o700, 0o700])
})

test('what somebody else has put in its place is refused, and so is a place that takes none', async () => {
  const folder = join(root, 'taken')
  mkdirSync(join(folder, 'elsewhere'), { recursive: true })
  symlinkSync('elsewhere', join(folder, me))
  await expect(ensureJobs({ folder }, root)).rejects.toThrow(/is no folder of yours.*cluster\.yaml/s)
  writeFileSync(join(root, 'file'), '')
  await expect(ensureJobs({ folder: join(root, 'file') }, root)).rejects.toThrow(
    /cannot be made.*chmod 1777/s,
  )
})
