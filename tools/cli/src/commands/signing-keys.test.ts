import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signerOf } from '@blacksmith/store/upkeep'
import { keysCommand } from './signing-keys'

const folder = mkdtempSync(join(tmpdir(), 'blacksmith-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => jest.restoreAllMocks())

/** What the command prints for programs, and for people. */
async function keys(file: string): Promise<{ out: string[]; told: string }> {
  const out: string[] = []
  const told: string[] = []
  jest.spyOn(console, 'log').mockImplementation((line) => void out.push(line))
  jest.spyOn(console, 'error').mockImplementation((line) => void told.push(line))
  await keysCommand().parseAsync([file], { from: 'user' })
  return { out, told: told.join('\n') }
}

test('a pair of keys is made once: the private one for its owner alone, the public one in a line', async () => {
  const file = join(folder, 'key.pem')
  const { out, told } = await keys(file)
  expect(out).toEqual([expect.stringMatching(/^ed25519:[\w+/]{43}=$/)])
  expect(told).toMatch(/BLACKSMITH_SIGNING_KEY[\s\S]*"trustedKeys" in nx.json/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(signerOf(file).publicKey).toBe(out[0])
  const text = readFileSync(file, 'utf8')
  expect(told + out).not.toContain(text.split('\n')[1])
  expect(await keys(file)).toEqual({ out, told: '' })
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test.each([
  ['a file that is no key', 'notes.txt', /is no private key for Ed25519/],
  ['a place where none can be written', 'nowhere/key.pem', /cannot be written \(ENOENT\)/],
])('%s is refused', async (_what, name, words) => {
  writeFileSync(join(folder, 'notes.txt'), 'to do')
  await expect(keys(join(folder, name))).rejects.toThrow(words)
})
