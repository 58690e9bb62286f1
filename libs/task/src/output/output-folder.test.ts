import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'
import { brokenOutput } from './output-folder'

const workspace = new TinyWorkspace()
afterAll(() => workspace.dispose())

test('a flipped byte of any file that was copied is found, and no file is broken without', async () => {
  await execute(workspace.request('train'), workspace.session())
  const folder = workspace.dist('train')
  const { draft } = JSON.parse(readFileSync(join(folder, 'checksums.json'), 'utf8')) as { draft: string }
  expect(await brokenOutput(folder, draft)).toBeUndefined()
  expect((await brokenOutput(folder, 'another'))?.reason).toBe('is of another state of the workspace')
  const files = readdirSync(folder).filter((name) => {
    const stats = statSync(join(folder, name))
    return stats.isFile() && stats.size > 1
  })
  expect(files).toEqual(
    expect.arrayContaining(['model.safetensors', 'provenance.json', 'report.html', 'manifest.json']),
  )
  for (const name of files) {
    const bytes = readFileSync(join(folder, name))
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 2) ^ 1, flipped.length - 2)
    writeFileSync(join(folder, name), flipped)
    expect({ name, broken: (await brokenOutput(folder, draft)) !== undefined }).toEqual({
      name,
      broken: true,
    })
    writeFileSync(join(folder, name), bytes)
  }
})
