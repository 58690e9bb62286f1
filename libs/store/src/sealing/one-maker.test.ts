import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Layout } from '../home'
import { runChild } from '../testing/child'
import { temporaryFolders } from '../testing/fixtures'

const temporary = temporaryFolders({ inMemory: true })

describe('eight processes that need the same artifact', () => {
  it('make it once, and all have it in place', async () => {
    const root = temporary('eight')
    const home = join(root, 'store')
    const processes = Array.from({ length: 8 }, (_, at) => {
      const destination = join(root, `${at}/dist/lightning-mnist/default/prepare-data`)
      return runChild('run-target.ts', { home, seed: 1, files: { train: 'data' }, destination })
    })
    const ended = (await Promise.all(processes)).map(({ output, errors }) => {
      expect(errors).toBe('')
      return (JSON.parse(output) as { ended: string }).ended
    })
    expect(ended.sort()).toEqual(['made', ...Array.from({ length: 7 }, () => 'reused')])
    for (let at = 0; at < 8; at++) {
      expect(readdirSync(join(root, `${at}/dist/lightning-mnist/default`))).toEqual(['prepare-data'])
    }
    expect(readdirSync(new Layout(home).staging)).toEqual([])
  })

  it('work on different artifacts side by side, into the same place, one of which then stands there whole', async () => {
    const root = temporary('race')
    const destination = join(root, 'dist/lightning-mnist/default/train')
    const seeds = [1, 2, 3, 4]
    const processes = seeds.map((seed) =>
      runChild('run-target.ts', {
        home: join(root, 'store'),
        seed,
        files: { model: `${seed}` },
        destination,
      }),
    )
    for (const { errors } of await Promise.all(processes)) expect(errors).toBe('')
    expect(readdirSync(join(destination, '..'))).toEqual(['train'])
    expect(readdirSync(destination).sort()).toEqual(['manifest.json', 'model', 'provenance.json'])
  })
})
