import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../key/key'
import { runChild } from '../testing/child'
import { temporaryFolders, writeFiles } from '../testing/fixtures'
import { describeUnless, otherUser, whyNoOtherUsers } from '../testing/machine'

const temporary = temporaryFolders()

describeUnless(whyNoOtherUsers(), "somebody's own data that its user may not read", () => {
  it('is refused by name: the file, the folder, or what a link leads to', async () => {
    const compiled = temporary('compiled')
    chmodSync(compiled, 0o777)
    const folder = temporary('data')
    chmodSync(folder, 0o755)
    writeFiles(folder, { 'file/a': '1', 'folder/below/a': '1', 'fine/a': '1' })
    chmodSync(join(folder, 'file/a'), 0o600)
    chmodSync(join(folder, 'folder/below'), 0o700)
    const paths = ['file', 'file/a', 'folder', 'fine'].map((name) => join(folder, name))
    const { output, errors } = await runChild('run-digest.ts', { paths }, { ...otherUser, compiled })
    expect(errors).toBe('')
    const printed = output.trim().split('\n')
    const refused = (path: string) =>
      expect.stringContaining(`${join(folder, path)}  cannot be read (EACCES)`)
    expect(printed.map((line) => JSON.parse(line))).toEqual([
      refused('file/a'),
      refused('file/a'),
      refused('folder/below'),
      { a: sha256('1') },
    ])
  })
})
