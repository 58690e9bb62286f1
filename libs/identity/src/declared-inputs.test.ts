import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { declaredFiles } from './declared-inputs'
import { makeWorkspace, removeWorkspaces } from './testing/workspace'

afterAll(removeWorkspaces)

const directory = 'experiments/plain/tiny'
const { root, write, area } = makeWorkspace({
  [`${directory}/curve.json`]: '{}',
  [`${directory}/README.md`]: '',
  [`${directory}/parameters.pyi`]: '',
  [`${directory}/prompts/a.txt`]: 'a',
  [`${directory}/prompts/deep/b.txt`]: 'b',
  [`${directory}/prompts/__pycache__/c.txt`]: 'c',
  'common/words.txt': 'w',
})
const names = (...inputs: string[]) =>
  declaredFiles(root, { directory, inputs, file: `${directory}/experiment.yaml` }).map(({ name }) => name)

test.each([
  [['curve.json'], ['curve.json']],
  [['prompts/*.txt'], ['prompts/a.txt']],
  [['*.{json,md,pyi}'], ['curve.json']],
  [['prompts/**/*'], ['prompts/a.txt', 'prompts/deep/b.txt']],
  [['*.json', 'curve.json'], ['curve.json']],
  [['{curve,other}.json'], ['curve.json']],
  [['../../../common/*.txt'], ['../../../common/words.txt']],
])('%j declares %j', (inputs, expected) => {
  expect(names(...inputs)).toEqual(expected)
})

test.each([
  ['missing.json', 'matches no file'],
  ['*.yaml', 'matches no file'],
  ['../../../../outside.txt', 'leaves the workspace'],
  ['prompts', 'is a folder'],
  ['README.md', 'is passed over'],
])('%s is refused: it %s', (glob, message) => {
  expect(() => names(glob)).toThrow(new RegExp(`experiment\\.yaml.*inputs.*${message}`))
})

test('a FIFO, a device behind a link, a circle of links and a dead link are refused by name, and never opened', () => {
  execFileSync('mkfifo', [join(root, directory, 'pipe')])
  symlinkSync('/dev/zero', join(root, directory, 'zero'))
  symlinkSync('circle', join(root, directory, 'circle'))
  write(`${directory}/dead/x`, '')
  symlinkSync('nowhere', join(root, directory, 'dead/link'))
  symlinkSync('..', join(root, directory, 'dead/up'))
  expect(() => names('pipe')).toThrow(/pipe is no regular file/)
  expect(() => names('zero')).toThrow(/zero is no regular file/)
  expect(() => names('circle')).toThrow(/circle is a link in a circle/)
  expect(() => names('dead/*')).toThrow(
    /dead\/link is a link that leads nowhere|dead\/up is a link to a folder above/,
  )
})

test('a link to a file counts as the file, wherever that lies', () => {
  execFileSync('sh', ['-c', `echo outside > ${join(area, 'outside.txt')}`])
  symlinkSync(join(area, 'outside.txt'), join(root, directory, 'linked.txt'))
  expect(names('linked.txt')).toEqual(['linked.txt'])
})
