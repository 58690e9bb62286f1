import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyFiles } from '../integrity/verify'
import { Store } from '../store'
import { draftOf, temporaryFolders } from '../testing/fixtures'

// 100,000 files take minutes on a disk that others write to as well.
const temporary = temporaryFolders({ inMemory: true })
const count = 100_000

describe('an artifact of 100,000 small files', () => {
  it('is sealed whole, verified for free, and read again only where a file changed', async () => {
    const store = new Store(temporary('many'), { warn: () => undefined })
    const draft = draftOf(1)
    const staging = await store.stage(draft.key)
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(join(staging, `${folder}`))
      for (let file = 0; file < count / 100; file++)
        writeFileSync(`${staging}/${folder}/${file}`, `${folder} ${file}`)
    }
    const artifact = await store.seal(draft.key, staging, draft, [])
    expect(artifact.manifest.files).toHaveLength(count)
    const check = () => verifyFiles(artifact.directory, artifact.manifest.files, { index: store.index })
    expect(await check()).toEqual({ broken: [], hashed: 0 })
    const changed = join(artifact.directory, '42/7')
    writeFileSync(changed, '42 8')
    utimesSync(changed, 1, 1)
    expect(await check()).toMatchObject({ hashed: 1, broken: [{ path: '42/7', kind: 'digest' }] })
  })
})
