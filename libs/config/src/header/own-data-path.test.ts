import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeWorkspace } from '../testing/workspace'
import { readOwnDataPath } from './own-data-path'
import { ownDataPaths } from './own-data-paths'

test.each([
  ['~', homedir()],
  ['~/data', join(homedir(), 'data')],
  ['$HOME/data', join(homedir(), 'data')],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a person writes
  ['${HOME}/a b', join(homedir(), 'a b')],
  ['file:///data/a%20b', '/data/a b'],
  ['file:/data', '/data'],
  ['data/mnist', 'data/mnist'],
  ['./~data', './~data'],
  ['/data/$x', '/data/$x'],
])('%s is %s', (text, path) => {
  expect(readOwnDataPath(text)).toEqual({ path })
})

test.each([
  ['~ada/data', 'only a shell knows'],
  ['$DATA/mnist', 'begins with the variable $DATA, which is not expanded'],
  ['$HOMES/x', 'begins with the variable $HOMES'],
  ['https://host/x.zip', 'is an address (https:)'],
  ['s3://bucket/x', 'is an address (s3:)'],
  ['file://host/x', 'is no address of a file of this machine'],
])('%s is explained', (text, message) => {
  expect(readOwnDataPath(text)).toEqual({
    message: expect.stringContaining(message),
    remedy: expect.anything(),
  })
})

test('the folders that an experiment’s files name are those that are read', () => {
  const root = makeWorkspace({
    'e/experiment.yaml': 'dataset: { path: ~/data }\n',
    'e/configs/a.yaml': 'dataset: { path: "file:///data/b" }\n',
    'e/configs/b.yaml': 'dataset: { path: $DATA/c }\nmodel: { path: /data/w }\n',
  })
  expect(ownDataPaths(root, 'e', 'dataset')).toEqual([join(homedir(), 'data'), '/data/b'])
  expect(ownDataPaths(root, 'e', 'model')).toEqual(['/data/w'])
})
