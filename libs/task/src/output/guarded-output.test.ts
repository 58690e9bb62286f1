import { tryLock } from '@blacksmith/native'
import { Layout } from '@blacksmith/store'
import { sha256 } from '@blacksmith/store/integrity'
import { execute } from '../testing/execute'
import { TinyWorkspace } from '../testing/tiny-workspace'

const workspace = new TinyWorkspace()
afterAll(() => workspace.dispose())

test('nobody can exchange a result in dist/ while it is judged and reported', async () => {
  const directory = workspace.path('dist/plain-tiny/default/evaluate')
  const file = new Layout(workspace.home).outsideLock(sha256(directory))
  const session = workspace.session()
  const guarded: boolean[] = []
  const note = (line: string) => {
    if (!line.includes('walked')) return
    const held = tryLock(file, 'exclusive')
    guarded.push(held === undefined)
    held?.close()
  }
  await execute(workspace.request('evaluate'), { ...session, display: { ...session.display, note } })
  expect(guarded).toEqual([true])
})
