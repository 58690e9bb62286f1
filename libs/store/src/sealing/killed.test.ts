import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArtifact } from '../artifact/artifact'
import { collectGarbage } from '../gc/collect-garbage'
import { Store } from '../store'
import { inPairs, runChild } from '../testing/child'
import { draftOf, runTarget, temporaryFolders } from '../testing/fixtures'

jest.setTimeout(180_000)

const temporary = temporaryFolders({ inMemory: true })
const oldFiles = { model: 'old weights', 'log.txt': 'old' }
const newFiles = { model: 'new weights', 'parts/a.bin': 'a', 'log.txt': 'new' }

/** A store and a dist/ in which the old artifact stands; the new one is still to be made. */
async function beforeTheRun() {
  const home = temporary('killed')
  const destination = join(home, 'workspace/dist/lightning-mnist/default/train')
  const warnings: string[] = []
  const store = new Store(join(home, 'store'), { warn: (line) => warnings.push(line) })
  await runTarget(store, { seed: 0, files: oldFiles, destination })
  return { store, destination, warnings, order: { home: store.home, destination, seed: 1, files: newFiles } }
}

/** What stands in a folder: the old artifact whole, the new one whole, or nothing; anything else fails. */
async function standing(store: Store, folder: string): Promise<'old' | 'new' | 'nothing'> {
  if (!existsSync(folder)) return 'nothing'
  const found = await readArtifact(folder)
  if (!found) throw new Error(`${folder} holds ${readdirSync(folder)}`)
  expect(await store.verify(folder, found.manifest)).toEqual([])
  return readFileSync(join(folder, 'model'), 'utf8') === oldFiles.model ? 'old' : 'new'
}

/** Everything that must be true after a kill at any moment. */
async function expectNothingLost({
  store,
  destination,
  warnings,
  order,
}: Awaited<ReturnType<typeof beforeTheRun>>) {
  const before = await standing(store, destination)
  if (before === 'nothing') {
    // Killed between the two renames of the swap: the old folder stands beside, whole.
    const aside = readdirSync(join(destination, '..')).find((name) => name.startsWith('.train.outgoing-'))
    expect(await standing(store, join(destination, '..', aside ?? 'none'))).toBe('old')
  }
  const stored = await store.lookup(order.seed === 1 ? draftOf(1).key : '')
  if (stored) {
    expect(readFileSync(join(stored.directory, 'model'), 'utf8')).toBe(newFiles.model)
    expect(stored.provenance.records.map(({ path }) => path)).toEqual(['log.txt'])
    stored.release()
  }
  // The same command again.
  expect(await runTarget(store, order)).toBe(stored ? 'reused' : 'made')
  expect(await standing(store, destination)).toBe('new')
  expect(readdirSync(join(destination, '..'))).toEqual(['train'])
  expect(warnings).toEqual([])
  await collectGarbage(store.layout, {})
  expect(readdirSync(store.layout.staging)).toEqual([])
  expect(await store.peek(draftOf(0).key)).toBeDefined()
  return { before, stored: stored !== undefined }
}

describe('a process that is killed while it seals and places', () => {
  it('leaves the old or the new whole, at each single change it makes, and the same command goes on', async () => {
    const whole = await beforeTheRun()
    const { output, errors } = await runChild('run-target.ts', whole.order)
    expect(errors).toBe('')
    const { calls } = JSON.parse(output) as { calls: string[] }
    expect(calls.length).toBeGreaterThan(40)
    // A kill before a sync is a kill after the call before it.
    const points = calls.flatMap((name, at) =>
      name === 'sync'
        ? []
        : [{ at: at + 1, torn: false }, ...(name === 'writeFile' ? [{ at: at + 1, torn: true }] : [])],
    )
    const seen: { before: string; stored: boolean }[] = []
    await inPairs(points, async (point) => {
      const situation = await beforeTheRun()
      const { signal, errors } = await runChild('run-target.ts', { ...situation.order, ...point })
      expect(`${signal} ${errors}`).toBe('SIGKILL ')
      seen.push(await expectNothingLost(situation))
    })
    // The matrix covers all states: not sealed, sealed but not copied to dist/, copied. Never is nothing there.
    const states = seen.map(({ before, stored }) => `${before} ${stored ? 'sealed' : 'unsealed'}`)
    expect([...new Set(states)].sort()).toEqual(['new sealed', 'old sealed', 'old unsealed'])
  })

  it('leaves the old or the new whole, at moments of chance, with files that take a while', async () => {
    const files = {
      ...newFiles,
      ...Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`many/${at}`, `${at}`])),
    }
    await inPairs([1, 2, 3, 4, 5, 6, 7, 8], async () => {
      const situation = await beforeTheRun()
      situation.order.files = files
      await runChild('run-target.ts', situation.order, { killAfter: 250 + Math.random() * 400 })
      await expectNothingLost(situation)
    })
  })
})
