import { mkdirSync, realpathSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeWorkspace } from '../testing/workspace'
import { enclosingWorkspace, namedByVariable, programNamedByVariable } from './workspace-root'

const before = process.cwd()
const root = realpathSync(makeWorkspace({ 'nx.json': '{}', 'experiments/jax/x/experiment.yaml': '' }))
afterEach(() => process.chdir(before))

test.each(['.', 'experiments', 'experiments/jax/x'])(
  'a relative path is one folder, called from %s',
  (folder) => {
    process.chdir(join(root, folder))
    expect(enclosingWorkspace()).toBe(root)
    expect(namedByVariable('store')).toBe(join(root, 'store'))
    expect(namedByVariable('../store')).toBe(join(root, '../store'))
    expect(namedByVariable('/data/store')).toBe('/data/store')
    expect(namedByVariable('~/store')).toBe(join(homedir(), 'store'))
    expect(namedByVariable('~other/store')).toBe(join(root, '~other/store'))
    expect(programNamedByVariable('venv/bin/python')).toBe(join(root, 'venv/bin/python'))
    expect(programNamedByVariable('./python')).toBe(join(root, 'python'))
    expect(programNamedByVariable('python3.12')).toBe('python3.12')
  },
)

test('outside of a workspace it counts from where one is', () => {
  const elsewhere = join(realpathSync(tmpdir()), `blacksmith-nowhere-${process.pid}`)
  mkdirSync(elsewhere, { recursive: true })
  process.chdir(elsewhere)
  expect(enclosingWorkspace()).toBeUndefined()
  expect(namedByVariable('store')).toBe(join(elsewhere, 'store'))
})
