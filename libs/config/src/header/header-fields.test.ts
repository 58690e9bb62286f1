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
  const tree = parseYaml({ file: 'experiments/a/b/experiment.yaml', text: header + sections })
  if (tree?.kind !== 'mapping') throw new TypeError('no mapping')
  const problems: Problem[] = []
  readHeaderFields(tree, problems)
  return { here: problems.length > 0, inEditors: !forEditors.safeParse(toJson(tree)).success }
}

const plain = 'description: x\ndevices: [cpu]\n'

test.each([
  ['description: x\ndevices: [cpu]\n', false],
  ['description: x\ndevices: [tt, gpu, cpu]\nthreads: 1024\nmax_devices: 8\nmesh: true\n', false],
  [`${plain}inputs: [a.txt, ../b/*.json, "!(c).txt"]\nvariables: [A_1, b]\nnetwork: true\n`, false],
  [`${plain}mesh: all\n`, true],
  [`${plain}inputs: a.txt\n`, true],
  [`${plain}inputs: [8]\n`, true],
  [`${plain}inputs: ["  "]\n`, true],
  [`${plain}inputs: [a, a]\n`, true],
  [`${plain}inputs: [/a]\n`, true],
  [`${plain}inputs: [~/a]\n`, true],
  [`${plain}inputs: ["C:/a"]\n`, true],
  [`${plain}inputs: ["!a"]\n`, true],
  [`${plain}inputs: [a\\b]\n`, true],
  [`${plain}variables: A\n`, true],
  [`${plain}variables: [1A]\n`, true],
  [`${plain}variables: [A=1]\n`, true],
  [`${plain}variables: [A, A]\n`, true],
  [`${plain}variables: [BLACKSMITH_HOME]\n`, true],
  [`${plain}network: yes\n`, true],
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
