import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchingFrom } from '../launchers'
import { readCluster } from './cluster'
import { kindsToHave } from './kinds-to-have'

const root = mkdtempSync(join(tmpdir(), 'blacksmith-cluster-'))
afterAll(() => rmSync(root, { recursive: true }))

const write = (text: string) => writeFileSync(join(root, 'cluster.yaml'), text)
const slurm = { BLACKSMITH_LAUNCHER: 'slurm' }

/** What is said of a mistake. */
function said(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing'
}

test('without a file every kind of device can be asked for', () => {
  expect(Object.keys(readCluster(root).kinds)).toEqual(['cpu', 'gpu', 'tt'])
})

test('a file says which kinds there are, with partitions and arguments; folders count from the workspace', () => {
  write(
    'folder: ../jobs\narguments: [--account=ml]\nkinds:\n  tt: { partition: n300, arguments: ["--gres=tt:n300:1"] }\n',
  )
  expect(readCluster(root)).toEqual({
    folder: join(root, '../jobs'),
    home: undefined,
    node: undefined,
    arguments: ['--account=ml'],
    kinds: { tt: { partition: 'n300', arguments: ['--gres=tt:n300:1'] } },
  })
})

test('runs can have the kinds of the cluster, whatever this machine has', () => {
  expect([...kindsToHave(root, slurm)]).toEqual(['tt'])
  expect([...kindsToHave(root, {})]).toContain('cpu')
})

test('a slip has its place and a hint', () => {
  write('kinds:\n  gpu: { partition: a100, argments: [--qos=high] }\n')
  const message = said(() => readCluster(root))
  expect(message).toMatch(/^cluster\.yaml:2:\d+ .*argments/)
  expect(message).toContain('did you mean arguments?')
  write('kinds: { npu: {} }\n')
  expect(said(() => readCluster(root))).toMatch(/^cluster\.yaml:1:\d+ .*npu[\s\S]*accepted: cpu, gpu, tt/)
})

test('a launcher that nobody knows is refused with those that there are', () => {
  expect(launchingFrom(root, {})).toBeUndefined()
  expect(said(() => launchingFrom(root, { BLACKSMITH_LAUNCHER: 'slrum' }))).toMatch(
    /slrum[\s\S]*did you mean slurm\?/,
  )
})
