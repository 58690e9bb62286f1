import { z } from 'zod'
import type { Problem } from '../errors/user-error'
import { parseYaml } from '../yaml/parse-yaml'
import { toJson } from '../yaml/tree'
import { headerJsonSchema, readHeaderFields } from './header-fields'

const forEditors = z.fromJSONSchema({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: headerJsonSchema as never,
  required: ['description', 'devices'],
})

function problemsOf(header: string): { here: boolean; inEditors: boolean } {
  const sections = 'dataset: { name: a }\nmodel: { name: b }\n'
  const tree = parseYaml({ file: 'experiment.yaml', text: header + sections })
  if (tree?.kind !== 'mapping') throw new TypeError('no mapping')
  const problems: Problem[] = []
  readHeaderFields(tree, problems)
  return { here: problems.length > 0, inEditors: !forEditors.safeParse(toJson(tree)).success }
}

test.each([
  ['description: x\ndevices: [cpu]\n', false],
  ['description: x\ndevices: [tt, gpu, cpu]\nthreads: 1024\nmax_devices: 8\n', false],
  ['description: ""\ndevices: [cpu]\n', true],
  ['description: 8\ndevices: [cpu]\n', true],
  ['devices: [cpu]\n', true],
  ['description: x\n', true],
  ['description: x\ndevices: []\n', true],
  ['description: x\ndevices: [cuda]\n', true],
  ['description: x\ndevices: cpu\n', true],
  ['description: x\ndevices: [cpu]\nthreads: 0\n', true],
  ['description: x\ndevices: [cpu]\nthreads: 1025\n', true],
  ['description: x\ndevices: [cpu]\nthreads: 1.5\n', true],
  ['description: x\ndevices: [cpu]\nmax_devices: two\n', true],
])('editors and we judge a header alike: %j', (header, wrong) => {
  expect(problemsOf(header)).toEqual({ here: wrong, inEditors: wrong })
})
