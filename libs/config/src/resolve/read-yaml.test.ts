import { z } from 'zod'
import { makeWorkspace, refusals } from '../testing/workspace'
import { readYaml } from './read-yaml'

const sources = z.object({
  licence: z.string(),
  files: z.array(z.object({ url: z.url(), bytes: z.int().optional() })),
})
const read = (text: string) => readYaml(makeWorkspace({ 'sources.yaml': text }), 'sources.yaml', sources)

test('a file of a structure of its own is read', () => {
  expect(read('licence: MIT\nfiles:\n  - url: https://a.b/c\n')).toEqual({
    licence: 'MIT',
    files: [{ url: 'https://a.b/c' }],
  })
})

test('it is checked as strictly as an experiment', async () => {
  expect(await refusals(() => read('license: MIT\nfiles:\n  - { url: nowhere, byte: 1 }\n'))).toEqual([
    'sources.yaml:1:1  licence  is missing  write licence: <text>',
    'sources.yaml:3:12  files.0.url  is the text "nowhere", not a valid url  write a valid url',
    'sources.yaml:3:21  files.0.byte  is not a known key  did you mean bytes? (accepted: url, bytes)',
    'sources.yaml:1:1  license  is not a known key  did you mean licence? (accepted: licence, files)',
  ])
})

test('an empty file is what the structure makes of nothing', async () => {
  expect(await refusals(() => read('# later\n'))).toEqual([
    'sources.yaml  is empty  write what it is for, or remove it',
  ])
  const workspace = makeWorkspace({ 'list.yaml': '' })
  expect(readYaml(workspace, 'list.yaml', z.array(z.int()).default([]))).toEqual([])
})
