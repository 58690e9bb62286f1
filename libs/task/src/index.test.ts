import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

test('a run loads nothing that only commands of the store, of reports or of devices need', () => {
  const load = `
    require('jiti').createJiti(${JSON.stringify(__filename)})('./index.ts')
    console.log(Object.keys(require.cache).join('\\n'))`
  const loaded = execFileSync('node', ['-e', load], { cwd: __dirname, encoding: 'utf8' })
  expect(loaded).toContain(join('task', 'src', 'execute.ts'))
  for (const folder of ['report/src/compare', 'report/src/report', 'dashboard/src/server', 'store/src/gc'])
    expect(loaded).not.toContain(join('libs', folder))
  for (const file of ['store/src/runs/verify-store.ts', 'devices/src/doctor/doctor.ts'])
    expect(loaded).not.toContain(join('libs', file))
})
