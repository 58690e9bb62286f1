import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { draftFile, draftOf, draftsVariable, writeDrafts } from './draft-files'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'blacksmith-drafts-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const hashed = () => readFileSync(join(root, draftFile('a', 'train')), 'utf8')

test('a command’s executors compare with its own drafts, whatever another command has written meanwhile', () => {
  const first = writeDrafts(root, { 'a:train': 'one' })
  const second = writeDrafts(root, { 'a:train': 'two' })
  expect(hashed()).toBe('two')
  expect(draftOf('a:train', { [draftsVariable]: first })).toBe('one')
  expect(draftOf('a:train', { [draftsVariable]: second })).toBe('two')
  expect(draftOf('b:train', { [draftsVariable]: second })).toBeUndefined()
})

test('a file that says the same is not written again, since Nx watches it', () => {
  writeDrafts(root, { 'a:train': 'one' })
  const file = join(root, draftFile('a', 'train'))
  utimesSync(file, 1, 1)
  writeDrafts(root, { 'a:train': 'one' })
  expect(statSync(file).mtimeMs).toBe(1000)
})

test('drafts of commands of long ago make room', () => {
  const old = writeDrafts(root, { 'a:train': 'one' })
  utimesSync(old, 1, 1)
  writeDrafts(root, { 'a:train': 'two' })
  expect(statSync(old, { throwIfNoEntry: false })).toBeUndefined()
})

test('where they cannot be written it is said what to do', () => {
  mkdirSync(join(root, '.nx'))
  writeFileSync(join(root, '.nx/blacksmith'), '')
  expect(() => writeDrafts(root, { 'a:train': 'one' })).toThrow(
    /\.nx\/blacksmith.*cannot be written.*\n.*--skip-nx-cache/,
  )
})
